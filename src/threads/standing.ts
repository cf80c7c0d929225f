import { standingFrom } from '../../machines/standing.ts'
import type { ThreadStanding } from '../../machines/statuses.ts'
import type { ThreadFacts } from './thread.ts'

/** The status of a thread that users see, as recorded, and why it is not completed. */
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
