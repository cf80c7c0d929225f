import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  ftruncateSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import * as z from 'zod/mini'
import { exitCodes, messageOf, systemCode, WorkError } from '../errors.ts'
import { foreignOwner, refusalHint } from '../files/refusal.ts'
import { compileGuard } from './json/guard.ts'
import { makeRunFolder } from './runtime-dir.ts'

/** The owner of something, as shown to users: the text of an owner's lock file. */
export type Holder = z.infer<typeof Holder>
export const Holder = z.object({
  pid: z.number(),
  /** The command as typed, such as `work multi --batch 01.01`. */
  command: z.string(),
  /** ISO 8601 time. */
  since: z.string(),
})

/** The end of each path's queue of `withLock` calls in this process. */
const queues = new Map<string, Promise<unknown>>()

/**
 * Runs `action` while this process holds the kernel lock of the file `path`. The file is created if missing and never
 * deleted: otherwise two processes could lock two files of the same name. Waits without a limit; when a holder dies,
 * the kernel frees the lock at once. Not re-entrant.
 */
export function withLock<T>(path: string, action: (lock: HeldLock) => T | Promise<T>): Promise<T> {
  return queue(path, () =>
    lockAndRun(path, (fd) => {
      noteHolder(fd, `${process.pid} ${process.argv.slice(1, 3).join(' ')}\n`)
      return action({ isIntact: () => isAt(fd, path) })
    }),
  )
}

/** The lock while the action runs. */
export interface HeldLock {
  /** Whether it still keeps others out. If its file is removed, others lock the file that replaces it. */
  isIntact(): boolean
}

/** A waiting lock blocks a thread of Node's small pool, so only the first call of a queue waits in the kernel. */
async function queue<T>(path: string, run: () => Promise<T>): Promise<T> {
  const turn = (queues.get(path) ?? Promise.resolve()).then(run)
  const settled = turn.catch(() => undefined)
  queues.set(path, settled)
  try {
    return await turn
  } finally {
    if (queues.get(path) === settled) queues.delete(path)
  }
}

/** Another process owns what was claimed. `holder` is undefined only if its text can't be read. */
export interface Refusal {
  holder: Holder | undefined
}

/** What this process owns until it releases it or dies. Without a path, all its paths are meant. */
export interface Claim {
  release(path?: string): void
  /**
   * Whether the lock files are still at their paths. One of them is checked: removing work/.run removes all of them
   * and lets others become owners.
   */
  isIntact(): boolean
  /** Claims the files that are now at the paths. Refused if another process became the owner in the meantime. */
  renew(path?: string): Promise<(Refusal & { path: string }) | undefined>
}

/** Tries to become the only owner of `path` until `release` or the end of this process. */
export async function claim(path: string, self: Holder): Promise<Claim | Refusal> {
  const claimed = await claimAll([path], self)
  return 'release' in claimed ? claimed : { holder: claimed.holder }
}

/**
 * Tries to become the only owner of all these paths of one folder, or of none. All paths are names of one file, so
 * they need only one descriptor: a run may have a thousand threads.
 */
export async function claimAll(
  paths: readonly string[],
  self: Holder,
): Promise<Claim | (Refusal & { path: string })> {
  /** The open file of each path. A file stays locked until the last of its paths is released. */
  const owned = new Map<string, number>()
  const select = (path?: string) => [...owned].filter(([each]) => path === undefined || each === path)
  const closeUnused = (fd: number) => {
    if (![...owned.values()].includes(fd)) closeSync(fd)
  }

  const claimed = await own(paths, self)
  if ('path' in claimed) return claimed
  for (const [path, fd] of claimed.files) owned.set(path, fd)

  const renewLost = async (path?: string) => {
    const lost = select(path).flatMap(([each, fd]) => (isAt(fd, each) ? [] : [each]))
    if (lost.length === 0) return undefined
    const taken = await own(lost, self)
    if ('path' in taken) return taken
    for (const [each, fd] of taken.files) {
      const before = owned.get(each)
      if (before === undefined) {
        // Released in the meantime.
        replaceByUnlocked(each)
        continue
      }
      owned.set(each, fd)
      closeUnused(before)
    }
    for (const fd of new Set(taken.files.values())) closeUnused(fd)
    return undefined
  }
  // One after another: a second renewal would find what the first one has just locked.
  let renewal: Promise<unknown> = Promise.resolve()
  return {
    release: (path) => {
      for (const [each, fd] of select(path)) {
        owned.delete(each)
        const isShared = path !== undefined && [...owned.values()].includes(fd)
        if (isShared && isAt(fd, each)) replaceByUnlocked(each)
        closeUnused(fd)
      }
    },
    isIntact: () => [...owned].slice(0, 1).every(([each, fd]) => isAt(fd, each)),
    renew: (path) => {
      const renewed = renewal.then(() => renewLost(path))
      renewal = renewed.catch(() => undefined)
      return renewed
    },
  }
}

/** A locked file for each path, or the first path that another process owns. */
async function own(
  paths: readonly string[],
  self: Holder,
): Promise<{ files: LockedFiles } | (Refusal & { path: string })> {
  const [first] = paths
  if (first === undefined) return { files: new Map() }
  return throughGate(first, (tryLock) => {
    for (const path of paths) {
      const refusal = refusalOf(path, tryLock)
      if (refusal !== undefined) return { ...refusal, path }
    }
    try {
      return { files: lockOneFile(paths, self, tryLock) }
    } catch (error) {
      if (!cannotLink(error)) throw systemCode(error) === undefined ? error : lockUnusable(first, error)
      return { files: lockEach(paths, self, tryLock) }
    }
  })
}

/** The open file of each path. */
type LockedFiles = ReadonlyMap<string, number>

/** One open, locked file with all these names, so that they need only one descriptor. */
function lockOneFile(paths: readonly string[], self: Holder, tryLock: (fd: number) => boolean): LockedFiles {
  const draft = join(dirname(paths[0] ?? ''), '.claim')
  const link = `${draft}.link`
  for (const left of [draft, link]) rmSync(left, { force: true })
  const fd = lockedFile(draft, self, tryLock)
  try {
    for (const path of paths) {
      linkSync(draft, link)
      renameSync(link, path)
    }
    return new Map(paths.map((path) => [path, fd]))
  } catch (error) {
    closeSync(fd)
    throw error
  } finally {
    for (const left of [draft, link]) rmSync(left, { force: true })
  }
}

/** An open, locked file per name, for file systems without hard links. */
function lockEach(paths: readonly string[], self: Holder, tryLock: (fd: number) => boolean): LockedFiles {
  const files = new Map<string, number>()
  try {
    for (const path of paths) files.set(path, lockedFile(path, self, tryLock))
    return files
  } catch (error) {
    for (const fd of files.values()) closeSync(fd)
    throw error
  }
}

function lockedFile(path: string, self: Holder, tryLock: (fd: number) => boolean): number {
  const fd = openLockFile(path)
  if (!tryLock(fd)) {
    closeSync(fd)
    throw new Error(`${path} is locked, although no other process may lock it now.`)
  }
  noteHolder(fd, `${JSON.stringify(self)}\n`)
  return fd
}

/**
 * Whether a file system can't create hard links (such as exFAT and some container mounts), or can't create more of
 * them.
 */
function cannotLink(error: unknown): boolean {
  return ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(systemCode(error) ?? '')
}

/** Creates an unlocked file at a path, unless another process has just done so. */
function replaceByUnlocked(path: string): void {
  rmSync(path, { force: true })
  try {
    closeSync(openSync(path, 'ax'))
  } catch (error) {
    if (systemCode(error) === undefined) throw error
  }
}

/** The owner of `path`, checked under the gate lock; undefined if there is none. */
function refusalOf(path: string, tryLock: (fd: number) => boolean): Refusal | undefined {
  if (!existsSync(path)) return undefined
  const fd = openLockFile(path)
  try {
    return tryLock(fd) ? undefined : { holder: readHolder(path) }
  } finally {
    closeSync(fd)
  }
}

/**
 * Whether an open file is still the one at this path: `git clean` may have removed it, and another process may have
 * created a new one.
 */
function isAt(fd: number, path: string): boolean {
  const [mine, found] = [fstatSync(fd), statSync(path, { throwIfNoEntry: false })]
  return found !== undefined && found.dev === mine.dev && found.ino === mine.ino
}

/** The current owner of `path`; undefined if there is none, whatever a dead owner's file says. */
export async function holderOf(path: string): Promise<Holder | undefined> {
  if (!existsSync(path)) return undefined
  return throughGate(path, (tryLock) => refusalOf(path, tryLock)?.holder)
}

/**
 * The owners of files in `folder` whose names begin with `prefix`. No other process uses these names. Files without an
 * owner are removed.
 */
export async function holdersIn(folder: string, prefix: string): Promise<Holder[]> {
  const find = () => (existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith(prefix)) : [])
  if (find().length === 0) return []
  return throughGate(join(folder, prefix), (tryLock) =>
    find().flatMap((name) => {
      const path = join(folder, name)
      const refusal = refusalOf(path, tryLock)
      if (refusal === undefined) rmSync(path, { force: true })
      return refusal?.holder ?? []
    }),
  )
}

async function lockAndRun<T>(path: string, action: (fd: number) => T | Promise<T>): Promise<T> {
  const { tryLock, waitForLock } = await loadKernelLocks()
  for (;;) {
    const fd = openLockFile(path)
    try {
      if (!tryLock(fd)) await waitForLock(fd)
      // Removed while waiting: others lock the file that replaced it.
      if (isAt(fd, path)) return await action(fd)
    } finally {
      closeSync(fd)
    }
  }
}

/** Native code, so loaded only by processes that lock. The default export exists both bundled and unbundled. */
export async function loadKernelLocks() {
  return (await import('fs-native-extensions')).default
}

/**
 * Claiming and querying both try the lock, so one gate lock per folder serializes them: a query never makes a claim
 * fail, and a text that is read is complete and its owner's.
 */
async function throughGate<T>(path: string, action: (tryLock: (fd: number) => boolean) => T): Promise<T> {
  const { tryLock } = await loadKernelLocks()
  const gate = join(dirname(path), '.gate')
  // Without a note of the holder: a query leaves no trace.
  return queue(gate, () => lockAndRun(gate, () => action(tryLock)))
}

const isHolder = compileGuard(Holder)

function readHolder(path: string): Holder | undefined {
  try {
    const holder: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return isHolder(holder) ? holder : undefined
  } catch {
    return undefined
  }
}

/**
 * Opened for appending: after a truncation that writes at the start. Node closes its files when another program
 * starts.
 */
function openLockFile(path: string): number {
  try {
    makeRunFolder(path)
    const { O_APPEND, O_CREAT, O_RDWR, O_NOFOLLOW } = constants
    // Not through a link: its target would be emptied.
    return openSync(path, O_APPEND | O_CREAT | O_RDWR | O_NOFOLLOW)
  } catch (error) {
    throw lockUnusable(path, error)
  }
}

/** The error for a lock file that can't be opened: without it, nobody knows whether the lock is held. */
export function lockUnusable(path: string, cause: unknown): WorkError {
  return new WorkError(
    `The lock file ${path} could not be opened: ${messageOf(cause)}${foreignOwner(path)}.`,
    {
      code: 'lock-unusable',
      hint: refusalHint(cause, path) ?? 'Make work/.run writable, and check that its disk has free space.',
      exitCode: exitCodes.unfinished,
      cause,
    },
  )
}

/** Only the lock counts. On a full disk it works without its note. */
function noteHolder(fd: number, text: string): void {
  try {
    ftruncateSync(fd)
    writeSync(fd, text)
  } catch (error) {
    if (systemCode(error) === undefined) throw error
  }
}
