import { isClosed, type TaskStatus, type ThreadStanding, type ThreadStatus } from './statuses.ts'

/** What determines the status of a thread that users see. */
export interface StandingFacts {
  /** The top-level state of its chart. */
  status: ThreadStatus
  tasks: readonly TaskStatus[]
  /** Why its last session did not complete; null if it did, or if that is not known. */
  reason: string | null
  /** Its work must still be merged or verified, whatever its tasks say. */
  isUndelivered?: boolean
}

/**
 * The status of a thread that users see: the state of its chart, corrected by its tasks. If all tasks are closed, it is completed,
 * or cancelled if nothing was done, whatever the outcome of its sessions. If one is open, a normal end of its session
 * is not enough; and neither are closed tasks as long as its work is not delivered.
 */
export function standingFrom({ status, tasks, reason, isUndelivered = false }: StandingFacts): {
  status: ThreadStanding
  reason: string | null
} {
  if (status === 'running') return { status, reason: null }
  if (tasks.every((task) => task === 'cancelled')) return { status: 'cancelled', reason: null }
  if (tasks.every(isClosed) && !isUndelivered) return { status: 'completed', reason: null }
  switch (status) {
    case 'completed':
      return { status: 'failed', reason: 'incomplete' }
    case 'pending':
      return { status: tasks.includes('blocked') ? 'blocked' : 'pending', reason: null }
    case 'failed':
    case 'interrupted':
      return { status, reason }
  }
}
