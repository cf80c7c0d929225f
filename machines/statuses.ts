/**
 * All statuses, spelled once. This file imports nothing, so commands that only read files load no state machine
 * library.
 */

/** A session is running, or has one of these outcomes. */
export const sessionStatuses = ['running', 'completed', 'failed', 'interrupted'] as const
export type SessionStatus = (typeof sessionStatuses)[number]

/** The top-level states of the thread chart. */
export const threadStatuses = ['pending', 'running', 'completed', 'failed', 'interrupted'] as const
export type ThreadStatus = (typeof threadStatuses)[number]

/** The status of a thread: from its chart, or from its tasks if they alone decide. */
export const threadStandings = [...threadStatuses, 'blocked', 'cancelled'] as const
export type ThreadStanding = (typeof threadStandings)[number]

/** Whether nothing of a thread is left to do. */
export function isOver(standing: ThreadStanding): boolean {
  return standing === 'completed' || standing === 'cancelled'
}

/** The statuses that an agent reports for a task. */
export const taskStatuses = ['pending', 'in_progress', 'completed', 'blocked', 'cancelled'] as const
export type TaskStatus = (typeof taskStatuses)[number]

/** The status of an approval of a plan, its tasks or a stage. */
export const approvalStatuses = ['draft', 'approved', 'revoked'] as const
export type ApprovalStatus = (typeof approvalStatuses)[number]

/**
 * Why the work of a completed session was not delivered: the clone or the branch was not fit for it, the verify
 * commands failed, or git could not merge it.
 */
export const deliveryReasons = ['tree', 'verify', 'conflict'] as const

/**
 * Why a thread did not complete, by outcome. A test compares them with the reasons that judging a session and
 * delivering its work return.
 */
export const reasonsOf = {
  failed: [
    'exit',
    'no-output',
    'incomplete',
    'session-missing',
    'agent-missing',
    'provider',
    'rate-limit',
    'cut-off',
    'rejected',
    'spawn',
    'timeout',
    'hung',
    'setup',
    'tree',
    'verify',
    'conflict',
  ],
  interrupted: ['signal', 'broken-off', 'server-lost', 'lost', 'elsewhere', 'user'],
} as const

/** All reasons. Files may contain reasons that later versions add. */
export const reasons = [...reasonsOf.failed, ...reasonsOf.interrupted] as const
export type Reason = (typeof reasons)[number]

declare const isLater: unique symbol
/** A reason that a later version wrote. Only reading a file gives one: it is kept and shown, and decides nothing. */
export type LaterReason = string & { readonly [isLater]: true }
export type RecordedReason = Reason | LaterReason

/** A task that needs no more work: completed or cancelled. */
export function isClosed(status: TaskStatus): boolean {
  return status === 'completed' || status === 'cancelled'
}
