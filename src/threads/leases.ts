import { basename, join } from 'node:path'
import { exitCodes, WorkError } from '../errors.ts'
import type { ForeignSession } from '../process/origin.ts'
import { formatMoment } from '../text/dates.ts'
import { claimAll, holderOf, holdersIn, type Holder } from '../store/lock.ts'
import type { StreamPaths } from '../paths.ts'
import type { ThreadFacts } from './thread.ts'
import { advice, work } from '../text/hint.ts'

/** The threads that this process owns: no other process can start them until they are released or this process dies. */
export interface Ownership {
  /** Releases one of them, or all. */
  release(threadId?: string): void
  /**
   * Claims a thread, or all, again after its lock was removed. Rejects with a `WorkError` (`thread-taken`) if another
   * process became the owner in the meantime.
   */
  renew(threadId?: string): Promise<void>
}

/** Becomes the owner of all these threads, or of none: then a `WorkError` (`thread-busy`) names the owner. */
export function ownThreads(stream: StreamPaths, threadIds: string[], self: Holder): Promise<Ownership> {
  return ownAll(stream, threadIds, self)
}

/** The same for a run, which {@link findRuns} finds until everything is released or its process dies. */
export function ownRun(stream: StreamPaths, threadIds: string[], self: Holder): Promise<Ownership> {
  runsBegun += 1
  return ownAll(stream, [...threadIds, `${runPrefix}${self.pid}-${runsBegun}`], self)
}

/** The processes that run threads of a workstream. */
export function findRuns(stream: StreamPaths): Promise<Holder[]> {
  return holdersIn(stream.owners, runPrefix)
}

/** Prefix of the lock names of runs, which are next to those of threads. */
const runPrefix = 'run-'
/** Number of runs that this process has begun: each has its own lock. */
let runsBegun = 0

async function ownAll(stream: StreamPaths, names: readonly string[], self: Holder): Promise<Ownership> {
  const pathOf = (threadId?: string) => (threadId === undefined ? undefined : ownerPath(stream, threadId))
  const claimed = await claimAll(
    names.map((name) => ownerPath(stream, name)),
    self,
  )
  if (!('release' in claimed)) throw threadBusy(basename(claimed.path), claimed.holder)
  return {
    release: (threadId) => claimed.release(pathOf(threadId)),
    renew: async (threadId) => {
      // Usually nothing changed, and a run may have a thousand threads.
      if (threadId === undefined && claimed.isIntact()) return
      const refusal = await claimed.renew(pathOf(threadId))
      if (refusal !== undefined) throw threadTaken(basename(refusal.path), refusal.holder)
    },
  }
}

/** The process that runs a thread now; undefined if there is none. */
export function ownerOf(stream: StreamPaths, threadId: string): Promise<Holder | undefined> {
  return holderOf(ownerPath(stream, threadId))
}

/** A running thread and its supervisor; null if its supervisor is gone. */
export interface RunningThread {
  id: string
  name: string
  holder: Holder | null
  /** Its session belongs elsewhere. */
  foreign?: ForeignSession | undefined
}

/** The running ones of these threads, with their owners. */
export async function findRunning(
  stream: StreamPaths,
  threads: readonly ThreadFacts[],
): Promise<RunningThread[]> {
  const running = threads.filter(({ status }) => status === 'running')
  return Promise.all(
    running.map(async ({ id, name, foreign }) => {
      const holder = (await ownerOf(stream, id)) ?? null
      return { id, name, holder, ...(foreign === undefined ? {} : { foreign }) }
    }),
  )
}

function ownerPath(stream: StreamPaths, threadId: string): string {
  return join(stream.owners, threadId)
}

/** An owner and its start time, for messages. */
export function describeHolder({ pid, command, since }: Holder): string {
  return `process ${pid} (${command}) since ${formatMoment(since)}`
}

/** The error for a thread that was taken over while this process ran it, as after `git clean` removed the locks. */
export function threadTaken(threadId: string, holder: Holder | undefined): WorkError {
  const who = holder === undefined ? 'another process' : describeHolder(holder)
  return new WorkError(
    `Thread ${threadId} was taken over by ${who} while it was running here: that process now holds its lock in work/.run.`,
    {
      code: 'thread-taken',
      hint: advice`The agents keep running. ${work('status')} shows the threads; ${work('continue')} runs the rest.`,
      exitCode: exitCodes.unfinished,
    },
  )
}

/** The error for a thread that another process is running. */
export function threadBusy(threadId: string, holder: Holder | undefined): WorkError {
  const who = holder === undefined ? 'another process' : describeHolder(holder)
  return new WorkError(`Thread ${threadId} is being run by ${who}.`, {
    code: 'thread-busy',
    hint: advice`${work('status', '--watch')} shows its progress. Wait for it, or stop that process.`,
    exitCode: exitCodes.usage,
  })
}
