import type { SettledThread } from '../../machines/run-context.ts'
import { isOver } from '../../machines/statuses.ts'
import type { ThreadView } from './thread-actor.ts'
import type { RunRequest } from './run.ts'
import type { Selection, ThreadWish } from '../threads/selection.ts'

/**
 * What another process must run to continue a run that this one leaves. `views` is the last recorded state of each
 * thread; `dropped` was stopped before it had started. Threads that failed or were interrupted here are not started
 * again, and the run ends after their batch, as it would have here.
 */
export function handOver(
  request: RunRequest,
  views: readonly ThreadView[],
  dropped: readonly string[] = [],
): RunRequest {
  const ended = [
    ...views.flatMap(({ id, status }): SettledThread[] =>
      status === 'failed' || status === 'interrupted' ? [{ id, status }] : [],
    ),
    ...dropped.map((id): SettledThread => ({ id, status: 'interrupted' })),
  ]
  const isKnown = (id: string) => ended.some((thread) => thread.id === id)
  const before = (request.ended ?? []).filter(({ id }) => !isKnown(id))
  return {
    ...request,
    selection: remaining(request.selection, views),
    ended: [...before, ...ended],
  }
}

/**
 * A wish remains for a thread that has not started yet. A running thread is only watched, and a completed one stays
 * completed.
 */
function remaining(selection: Selection, views: readonly ThreadView[]): Selection {
  if (selection.type !== 'threads') return selection
  return {
    ...selection,
    threads: selection.threads.flatMap((wish): ThreadWish[] => {
      const status = views.find(({ id }) => id === wish.id)?.status
      if (status === undefined || status === 'pending') return [wish]
      if (isOver(status)) return []
      // Also a thread whose tasks were blocked in the meantime.
      return [{ id: wish.id, action: 'go-on', force: status !== 'running' }]
    }),
  }
}
