import { join } from 'node:path'
import type { ProcessIdentity } from '../../../../machines/session.ts'
import { replaceFile, sessionFiles } from '../../recorded/recorder-files.ts'
import { WatchedTime } from '../../../process/watched-time.ts'
import { abortSession, listBusyIn, type ServerAccess } from './http.ts'
import { isSameProcess, type ServerFiles } from './record.ts'
import { listLimits, readLimit, removeLimit, writeLimit, type SessionLimit } from '../session-limits.ts'
import { idlePatience, limitInterval, overdueBeginPatience } from './waits.ts'

interface Kept {
  limit: SessionLimit
  time: WatchedTime
  /** When it was last seen working, in its own time; undefined if never. */
  busyAt: number | undefined
  lookedAt: number
  isEnding: boolean
  /** The reason for its end is recorded. */
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

  /** Counts the time, and ends overdue sessions. Rejects if the server does not answer; the next call tries again. */
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
    if (!isOverdue && watched - kept.lookedAt < limitInterval) return
    kept.lookedAt = watched
    if (!isOverdue) this.#note(kept, watched)
    if ((await listBusyIn(server, limit.directory)).includes(limit.sessionId)) {
      kept.busyAt = watched
      if (isOverdue) await this.#end(server, kept)
      return
    }
    if (kept.isEnding) this.#mark(kept)
    const isOver = kept.busyAt !== undefined && (isOverdue || watched - kept.busyAt > idlePatience)
    if (isOver || watched - limit.timeout > overdueBeginPatience) removeLimit(this.#files, limit)
  }

  /** Aborts the session, again at each call until it is idle. Records the reason first, unless the disk is full. */
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

  /** Records the counted time and this keeper, unless the file was removed or replaced. */
  #note({ limit }: Kept, watched: number): void {
    if (readLimit(this.#files, limit.sessionId)?.token !== limit.token) return
    writeLimit(this.#files, { ...limit, watched: Math.round(watched), keeper: this.#self })
  }
}
