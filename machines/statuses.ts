/**
 * Every status word, spelled once. This file imports nothing, so commands that only read files load no
 * statechart library.
 */

/** What a session is, or came to. */
export const sessionStatuses = ['running', 'completed', 'failed', 'interrupted'] as const
export type SessionStatus = (typeof sessionStatuses)[number]

/** The top-level states of the thread chart. */
export const threadStatuses = ['pending', 'running', 'completed', 'failed', 'interrupted'] as const
export type ThreadStatus = (typeof threadStatuses)[number]

/** How a thread stands: what its chart says, or its tasks where they alone decide. */
export const threadStandings = [...threadStatuses, 'blocked', 'cancelled'] as const
export type ThreadStanding = (typeof threadStandings)[number]

/** Whether nothing of a thread is left to do. */
export function isOver(standing: ThreadStanding): boolean {
  return standing === 'completed' || standing === 'cancelled'
}

/** What an agent says of a task. */
export const taskStatuses = ['pending', 'in_progress', 'completed', 'blocked', 'cancelled'] as const
export type TaskStatus = (typeof taskStatuses)[number]

/** Where a person's approval of a plan, its tasks or a stage stands. */
export const approvalStatuses = ['draft', 'approved', 'revoked'] as const
export type ApprovalStatus = (typeof approvalStatuses)[number]

/** Why a session did not complete, by what it came to. A test holds them against the judgement of sessions. */
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
  ],
  interrupted: ['signal', 'server-lost', 'lost', 'elsewhere', 'user'],
} as const

/** Each of these. Files may hold words that later versions add. */
export const reasons = [...reasonsOf.failed, ...reasonsOf.interrupted] as const
export type Reason = (typeof reasons)[number]

/** A task that needs no more work: done, or called off. */
export function isClosed(status: TaskStatus): boolean {
  return status === 'completed' || status === 'cancelled'
}
