import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
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

/** Another process that owns what was claimed; undefined only if its text can't be read. */
export interface Refusal {
  holder: Holder | undefined
}

/** What this process owns until it releases it, or dies. */
export interface Claim {
  release(): void
  /** Whether the lock file is still the one at its path: who removes it lets others become owners too. */
  isIntact(): boolean
  /** Owns the file that is at the path now; refused when another process became the owner in the meantime. */
  renew(): Promise<Refusal | undefined>
}

/** Tries to become the one owner of `path` for as long as this process lives or until `release`. */
export async function claim(path: string, self: Holder): Promise<Claim | Refusal> {
  const first = await own(path, self)
  if (typeof first !== 'number') return first
  let fd: number | undefined = first
  const release = () => {
    if (fd !== undefined) closeSync(fd)
    fd = undefined
  }
  const isIntact = () => fd === undefined || isAt(fd, path)
  return {
    release,
    isIntact,
    renew: async () => {
      if (isIntact()) return undefined
      const next = await own(path, self)
      if (typeof next !== 'number') return next
      release()
      fd = next
      return undefined
    },
  }
}

/** The open and locked file; who owns it otherwise. */
function own(path: string, self: Holder): Promise<number | Refusal> {
  return throughGate(path, (tryLock) => {
    const fd = openLockFile(path)
    try {
      if (!tryLock(fd)) return refuse(fd, path)
      noteHolder(fd, `${JSON.stringify(self)}\n`)
      return fd
    } catch (error) {
      closeSync(fd)
      throw error
    }
  })
}

/** Whether an open file is the one that has this path now: `git clean` may have removed it, and somebody made a new one. */
function isAt(fd: number, path: string): boolean {
  const [mine, found] = [fstatSync(fd), statSync(path, { throwIfNoEntry: false })]
  return found !== undefined && found.dev === mine.dev && found.ino === mine.ino
}

/** Who owns `path` right now; undefined when nobody does, whatever a dead owner's file still says. */
export async function holderOf(path: string): Promise<Holder | undefined> {
  if (!existsSync(path)) return undefined
  return throughGate(path, (tryLock) => {
    const fd = openLockFile(path)
    try {
      return tryLock(fd) ? undefined : readHolder(path)
    } finally {
      closeSync(fd)
    }
  })
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

function refuse(fd: number, path: string): Refusal {
  closeSync(fd)
  return { holder: readHolder(path) }
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
