import { standingFrom } from '../../machines/standing.ts'
import type { ThreadStanding } from '../../machines/statuses.ts'
import { isUndelivered, type ThreadFacts } from './thread.ts'

/** The status of a thread that users see, as recorded, and why it is not completed. */
export function standingOf(thread: ThreadFacts): {
  status: ThreadStanding
  reason: string | null
} {
  const { status, tasks, sessions, delivery } = thread
  return standingFrom({
    status,
    tasks: tasks.map((task) => task.status),
    reason: sessions.at(-1)?.reason ?? delivery?.stopped?.reason ?? null,
    isUndelivered: isUndelivered(thread),
  })
}
