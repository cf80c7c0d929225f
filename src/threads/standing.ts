import { standingFrom } from '../../machines/standing.ts'
import type { ThreadStanding } from '../../machines/statuses.ts'
import type { ThreadFacts } from './thread.ts'

/** The standing of a thread as recorded: what users see as its status, and why it is not completed. */
export function standingOf({ status, tasks, sessions }: ThreadFacts): {
  status: ThreadStanding
  reason: string | null
} {
  return standingFrom({
    status,
    tasks: tasks.map((task) => task.status),
    reason: sessions.at(-1)?.reason ?? null,
  })
}
