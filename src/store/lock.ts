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
import { foreignOwner, refusalHint } from '../refusal.ts'
import { compileGuard } from './guard.ts'
import { makeRunFolder } from './run-folder.ts'

/** Who owns something, as a person needs to know it: the text of an owner's lock file. */
export type Holder = z.infer<typeof Holder>
export const Holder = z.object({
  pid: z.number(),
  /** What was typed, e.g. `work multi --batch 01.01`. */
  command: z.string(),
  /** ISO 8601 time. */
  since: z.string(),
})

/** The end of each path's queue of `withLock` calls in this process. */
const queues = new Map<string, Promise<unknown>>()

/**
 * Runs `action` while this process holds the kernel lock of the file `path`, which is made when missing and
 * never deleted: deleting a locked file lets two processes lock two files of one name. Waits as long as it
 * takes; when a holder dies, the kernel frees the lock at once. Not re-entrant.
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
  /** Whether it still keeps others out: when its file is removed, they lock the one that takes its place. */
  isIntact(): boolean
}

/** Waiting takes up a thread of Node's small pool, so in one process only the first of a queue waits in the kernel. */
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

/** Another process that owns what was claimed; `holder` is undefined only if its text can't be read. */
export interface Refusal {
  holder: Holder | undefined
}

/** What this process owns until it releases it, or dies. Where no path is given, all of its paths are meant. */
export interface Claim {
  release(path?: string): void
  /**
   * Whether the lock files are still the ones at their paths, judged by one of them: whoever removes work/.run removes them
   * all, and lets others become owners too.
   */
  isIntact(): boolean
  /** Owns the files that are at the paths now; refused when another process became the owner in the meantime. */
  renew(path?: string): Promise<(Refusal & { path: string }) | undefined>
}

/** Tries to become the one owner of `path` for as long as this process lives or until `release`. */
export async function claim(path: string, self: Holder): Promise<Claim | Refusal> {
  const claimed = await claimAll([path], self)
  return 'release' in claimed ? claimed : { holder: claimed.holder }
}

/**
 * Tries to become the one owner of all these paths of one folder, or of none. All are names of one file, so that they take
 * one descriptor: a run may have a thousand threads.
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
  // One after the other: a second one would find what the first has just locked.
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

/** A locked file for each of these paths; or the first of them that another process owns. */
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

/** One open and locked file that has all these names, so that they take one descriptor. */
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

/** An open and locked file for each of these names, where a file can't have several. */
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
    throw new Error(`${path} is locked, though nobody else may lock it now.`)
  }
  noteHolder(fd, `${JSON.stringify(self)}\n`)
  return fd
}

/** Whether a file system has no hard links, such as exFAT and some mounts of containers, or no more of them. */
function cannotLink(error: unknown): boolean {
  return ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(systemCode(error) ?? '')
}

/** Gives a path a file of its own that nobody has locked, unless somebody else has just done so. */
function replaceByUnlocked(path: string): void {
  rmSync(path, { force: true })
  try {
    closeSync(openSync(path, 'ax'))
  } catch (error) {
    if (systemCode(error) === undefined) throw error
  }
}

/** Who owns `path`, seen through the gate; undefined when nobody does. */
function refusalOf(path: string, tryLock: (fd: number) => boolean): Refusal | undefined {
  if (!existsSync(path)) return undefined
  const fd = openLockFile(path)
  try {
    return tryLock(fd) ? undefined : { holder: readHolder(path) }
  } finally {
    closeSync(fd)
  }
}

/** Whether an open file is the one that has this path now: `git clean` may have removed it, and somebody made a new one. */
function isAt(fd: number, path: string): boolean {
  const [mine, found] = [fstatSync(fd), statSync(path, { throwIfNoEntry: false })]
  return found !== undefined && found.dev === mine.dev && found.ino === mine.ino
}

/** Who owns `path` right now; undefined when nobody does, whatever a dead owner's file still says. */
export async function holderOf(path: string): Promise<Holder | undefined> {
  if (!existsSync(path)) return undefined
  return throughGate(path, (tryLock) => refusalOf(path, tryLock)?.holder)
}

/**
 * The owners of those files in `folder` whose names begin with `prefix`, each as the only owner of a name that no other
 * process takes. Files that nobody owns are removed.
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
      // Removed while it was waited for: others lock the file that took its place.
      if (isAt(fd, path)) return await action(fd)
    } finally {
      closeSync(fd)
    }
  }
}

/** Native code, so only loaded by who locks. The default export is there whether bundled or not. */
export async function loadKernelLocks() {
  return (await import('fs-native-extensions')).default
}

/**
 * A claim and a question who owns something both try the lock. The gate, one per folder, keeps them apart:
 * a question never makes a claim fail, and a text that is read is whole and its owner's.
 */
async function throughGate<T>(path: string, action: (tryLock: (fd: number) => boolean) => T): Promise<T> {
  const { tryLock } = await loadKernelLocks()
  const gate = join(dirname(path), '.gate')
  // Without a note of who is there: a question leaves no trace.
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

/** Opens for appending: after a truncation that writes at the start. Node's files close when another program starts. */
function openLockFile(path: string): number {
  try {
    makeRunFolder(path)
    const { O_APPEND, O_CREAT, O_RDWR, O_NOFOLLOW } = constants
    // Through no link: the file that it points to would be emptied.
    return openSync(path, O_APPEND | O_CREAT | O_RDWR | O_NOFOLLOW)
  } catch (error) {
    throw lockUnusable(path, error)
  }
}

/** Says that a lock file can't be opened: without it nobody knows whether the lock is held. */
export function lockUnusable(path: string, cause: unknown): WorkError {
  return new WorkError(
    `The lock file ${path} could not be opened: ${messageOf(cause)}${foreignOwner(path)}.`,
    {
      code: 'lock-unusable',
      hint: refusalHint(cause, path) ?? 'Make work/.run writable, and see that there is room on its disk.',
      exitCode: exitCodes.unfinished,
      cause,
    },
  )
}

/** The lock is what counts. On a full disk it works without its note. */
function noteHolder(fd: number, text: string): void {
  try {
    ftruncateSync(fd)
    writeSync(fd, text)
  } catch (error) {
    if (systemCode(error) === undefined) throw error
  }
}
