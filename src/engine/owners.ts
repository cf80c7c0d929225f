import { basename, join } from 'node:path'
import { exitCodes, WorkError } from '../errors.ts'
import type { ForeignSession } from '../agents/origin.ts'
import { formatMoment } from '../moment.ts'
import { claimAll, holderOf, holdersIn, type Holder } from '../store/lock.ts'
import type { StreamPaths } from '../workspace.ts'
import type { ThreadFacts } from './thread-facts.ts'

/** The threads that this process owns: nobody else can start them until they are released, or it dies. */
export interface Ownership {
  /** Lets go of one of them, or of all. */
  release(threadId?: string): void
  /**
   * Owns a thread, or all, again whose lock was removed. Rejects with a `WorkError` (`thread-taken`) when another
   * process became the owner in the meantime.
   */
  renew(threadId?: string): Promise<void>
}

/** Becomes the owner of all these threads, or of none: then a `WorkError` (`thread-busy`) tells who owns one. */
export function ownThreads(stream: StreamPaths, threadIds: string[], self: Holder): Promise<Ownership> {
  return ownAll(stream, threadIds, self)
}

/** The same for a run, which {@link findRuns} finds from then on until all is released, or its process dies. */
export function ownRun(stream: StreamPaths, threadIds: string[], self: Holder): Promise<Ownership> {
  runsBegun += 1
  return ownAll(stream, [...threadIds, `${runPrefix}${self.pid}-${runsBegun}`], self)
}

/** The processes that run threads of a workstream. */
export function findRuns(stream: StreamPaths): Promise<Holder[]> {
  return holdersIn(stream.owners, runPrefix)
}

/** Begins the names of the locks of runs, beside those of threads. */
const runPrefix = 'run-'
/** Runs that this process has begun: each has a lock of its own. */
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
      // Most often all is as it was, and a run may have a thousand threads.
      if (threadId === undefined && claimed.isIntact()) return
      const refusal = await claimed.renew(pathOf(threadId))
      if (refusal !== undefined) throw threadTaken(basename(refusal.path), refusal.holder)
    },
  }
}

/** Who runs a thread right now; undefined when nobody does. */
export function ownerOf(stream: StreamPaths, threadId: string): Promise<Holder | undefined> {
  return holderOf(ownerPath(stream, threadId))
}

/** A thread that runs, and who looks after it; null when its supervisor is gone. */
export interface RunningThread {
  id: string
  name: string
  holder: Holder | null
  /** Its session is not this checkout's. */
  foreign?: ForeignSession | undefined
}

/** Which of these threads run, and by whom. */
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

/** Who it is, and since when, as people are told it. */
export function describeHolder({ pid, command, since }: Holder): string {
  return `process ${pid} (${command}) since ${formatMoment(since)}`
}

/** Says that a thread was taken over while this process ran it, as after `git clean` removed the locks. */
export function threadTaken(threadId: string, holder: Holder | undefined): WorkError {
  const who = holder === undefined ? 'another process' : describeHolder(holder)
  return new WorkError(
    `Thread ${threadId} was taken over by ${who} while it ran here: its lock in work/.run is theirs now.`,
    {
      code: 'thread-taken',
      hint: 'The agents keep running. work status shows the threads; work continue runs the rest.',
      exitCode: exitCodes.unfinished,
    },
  )
}

/** Says that a thread runs, and who runs it. */
export function threadBusy(threadId: string, holder: Holder | undefined): WorkError {
  const who = holder === undefined ? 'another process' : describeHolder(holder)
  return new WorkError(`Thread ${threadId} is being run by ${who}.`, {
    code: 'thread-busy',
    hint: 'work status --watch shows how it goes. Wait for it, or stop that process.',
    exitCode: exitCodes.usage,
  })
}
