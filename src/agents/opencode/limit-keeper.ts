import { join } from 'node:path'
import type { ProcessIdentity } from '../../../machines/session.ts'
import { replaceFile, sessionFiles } from '../recorder-files.ts'
import { WatchedTime } from '../watched-time.ts'
import { abortSession, listBusyIn, type ServerAccess } from './server-access.ts'
import { isSameProcess, type ServerFiles } from './server-record.ts'
import { listLimits, readLimit, removeLimit, writeLimit, type SessionLimit } from './session-limits.ts'

/** Milliseconds between two looks at which sessions are at work. */
const lookInterval = 5000
/** How long a session that has worked may be idle until it counts as ended, in milliseconds. */
const idlePatience = 15_000
/** How long one whose time is up may take to begin, in milliseconds: a prompt that was taken may wait. */
const beginPatience = 60_000

interface Kept {
  limit: SessionLimit
  time: WatchedTime
  /** When it was last seen at work, by its time; undefined when it never was. */
  busyAt: number | undefined
  lookedAt: number
  isEnding: boolean
  /** It is recorded that the session is ended for its time. */
  isMarked: boolean
}

/** Ends the sessions of one server whose time is up. */
export class LimitKeeper {
  readonly #files: ServerFiles
  readonly #root: string
  readonly #self: ProcessIdentity
  readonly #kept = new Map<string, Kept>()

  constructor(files: ServerFiles, root: string, self: ProcessIdentity) {
    this.#files = files
    this.#root = root
    this.#self = self
  }

  /** Counts, and ends what is overdue. Rejects when the server does not answer; the next call tries again. */
  async keep(server: ServerAccess): Promise<void> {
    const limits = listLimits(this.#files)
    for (const token of this.#kept.keys()) {
      if (!limits.some((limit) => limit.token === token)) this.#kept.delete(token)
    }
    for (const limit of limits) await this.#keepOne(server, this.#kept.get(limit.token) ?? this.#take(limit))
  }

  /** The server is gone, and its sessions with it. */
  clear(): void {
    for (const limit of listLimits(this.#files)) {
      if (limit.keeper !== undefined && isSameProcess(limit.keeper, this.#self))
        removeLimit(this.#files, limit)
    }
  }

  #take(limit: SessionLimit): Kept {
    const time = new WatchedTime(limit.watched)
    const kept = { limit, time, busyAt: undefined, lookedAt: -Infinity, isEnding: false, isMarked: false }
    this.#kept.set(limit.token, kept)
    this.#note(kept, limit.watched)
    return kept
  }

  async #keepOne(server: ServerAccess, kept: Kept): Promise<void> {
    const { limit } = kept
    const watched = kept.time.count()
    const isOverdue = watched >= limit.timeout
    if (!isOverdue && watched - kept.lookedAt < lookInterval) return
    kept.lookedAt = watched
    if (!isOverdue) this.#note(kept, watched)
    if ((await listBusyIn(server, limit.directory)).includes(limit.sessionId)) {
      kept.busyAt = watched
      if (isOverdue) await this.#end(server, kept)
      return
    }
    if (kept.isEnding) this.#mark(kept)
    const isOver = kept.busyAt !== undefined && (isOverdue || watched - kept.busyAt > idlePatience)
    if (isOver || watched - limit.timeout > beginPatience) removeLimit(this.#files, limit)
  }

  /** Aborts the session, again at each call until it is idle. That this is done is written down first, where there is room. */
  async #end(server: ServerAccess, kept: Kept): Promise<void> {
    kept.isEnding = true
    try {
      this.#mark(kept)
    } finally {
      await abortSession(server, { id: kept.limit.sessionId, directory: kept.limit.directory })
    }
  }

  #mark(kept: Kept): void {
    if (kept.isMarked) return
    const { exit } = sessionFiles(join(this.#root, kept.limit.log))
    replaceFile(exit, { code: null, signal: null, at: new Date().toISOString(), endedFor: 'timeout' })
    kept.isMarked = true
  }

  /** Writes down how far it is, and who keeps it, unless somebody has removed or replaced it. */
  #note({ limit }: Kept, watched: number): void {
    if (readLimit(this.#files, limit.sessionId)?.token !== limit.token) return
    writeLimit(this.#files, { ...limit, watched: Math.round(watched), keeper: this.#self })
  }
}
