import { setTimeout as delay } from 'node:timers/promises'
import { claim, type Claim, type Holder } from '../store/lock.ts'
import type { TasksStore } from '../store/tasks/tasks.ts'
import type { StreamPaths } from '../paths.ts'
import { ownerOf } from '../threads/leases.ts'
import { mergedBefore, threadsOf } from '../threads/thread.ts'
import { turnInterval } from './waits.ts'

/** The right to merge into a workstream's branch, held by one thread at a time. */
export interface Turns {
  /**
   * Waits until no earlier thread of the batch is at work or being delivered, and nobody else merges: the plan's order
   * decides. Threads that have not started, or have stopped, are passed. Rejects when `signal` is aborted.
   */
  take(threadId: string, signal: AbortSignal): Promise<void>
  /** Gives the turn back, if the thread has it. */
  release(threadId: string): void
}

/** The turns of a workstream for the threads that this process runs. */
export function openTurns(stream: StreamPaths, tasks: TasksStore, self: Holder): Turns {
  let held: { threadId: string; claim: Claim } | undefined
  let isClaiming = false

  return {
    take: async (threadId, signal) => {
      for (;;) {
        signal.throwIfAborted()
        if (held?.threadId === threadId) return
        if (held === undefined && !isClaiming && (await isNext(threadId))) {
          isClaiming = true
          try {
            const claimed = await claim(stream.turn, self)
            if ('release' in claimed) held = { threadId, claim: claimed }
          } finally {
            isClaiming = false
          }
          if (held?.threadId !== threadId) await delay(turnInterval, undefined, { signal })
          else if (signal.aborted) release(threadId)
        } else {
          await delay(turnInterval, undefined, { signal })
        }
      }
    },
    release,
  }

  function release(threadId: string): void {
    if (held?.threadId !== threadId) return
    held.claim.release()
    held = undefined
  }

  async function isNext(threadId: string): Promise<boolean> {
    const earlier = mergedBefore(threadId, threadsOf(tasks.read()))
    for (const { id } of earlier) {
      // One that nobody runs would be waited for without an end.
      if ((await ownerOf(stream, id)) !== undefined) return false
    }
    return true
  }
}
