import { join } from 'node:path'
import { exitCodes, WorkError } from '../errors.ts'
import { formatMoment } from '../moment.ts'
import { claim, holderOf, type Holder } from '../store/lock.ts'
import type { StreamPaths } from '../workspace.ts'
import type { ThreadFacts } from './thread-facts.ts'

/** The threads that this process owns: nobody else can start them until they are released, or it dies. */
export interface Ownership {
  /** Lets go of one of them, or of all. */
  release(threadId?: string): void
}

/** Becomes the owner of all these threads, or of none: then a `WorkError` (`thread-busy`) tells who owns one. */
export async function ownThreads(stream: StreamPaths, threadIds: string[], self: Holder): Promise<Ownership> {
  const owned = new Map<string, { release(): void }>()
  const release = (threadId?: string) => {
    if (threadId !== undefined) owned.get(threadId)?.release()
    else for (const one of owned.values()) one.release()
  }
  try {
    for (const threadId of threadIds) {
      const claimed = await claim(ownerPath(stream, threadId), self)
      if (!('release' in claimed)) throw threadBusy(threadId, claimed.holder)
      owned.set(threadId, claimed)
    }
  } catch (error) {
    release()
    throw error
  }
  return { release }
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
}

/** Which of these threads run, and by whom. */
export async function findRunning(
  stream: StreamPaths,
  threads: readonly ThreadFacts[],
): Promise<RunningThread[]> {
  const running = threads.filter(({ status }) => status === 'running')
  return Promise.all(
    running.map(async ({ id, name }) => ({ id, name, holder: (await ownerOf(stream, id)) ?? null })),
  )
}

function ownerPath(stream: StreamPaths, threadId: string): string {
  return join(stream.owners, threadId)
}

/** Who it is, and since when, as people are told it. */
export function describeHolder({ pid, command, since }: Holder): string {
  return `process ${pid} (${command}) since ${formatMoment(since)}`
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
