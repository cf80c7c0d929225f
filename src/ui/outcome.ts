import type { Reason, ThreadStanding } from '../../machines/statuses.ts'
import { oneLine } from '../text/sanitize.ts'
import { formatDuration } from './durations.ts'

/** The state of a thread or a session, and how it ended. */
export interface ShownOutcome {
  status: ThreadStanding | 'waiting'
  reason?: string | null | undefined
  exitCode?: number | undefined
  signal?: string | undefined
  /** How long the session was allowed to take, in milliseconds. */
  timeout?: number | undefined
}

/** The status to show: a thread whose session ended well while tasks are open has failed, and is `incomplete`. */
export function shownStatus({ status, reason }: ShownOutcome): ShownOutcome['status'] | 'incomplete' {
  return status === 'failed' && reason === 'incomplete' ? 'incomplete' : status
}

/** An outcome in words: `completed`, `incomplete`, `failed: exit code 3`, `interrupted: stopped by you`. */
export function describeOutcome(outcome: ShownOutcome): string {
  const reason = describeReason(outcome)
  return reason === '' ? shownStatus(outcome) : `${shownStatus(outcome)}: ${reason}`
}

/** Why it did not complete, in words; '' where the status says so already, or no reason is recorded. */
export function describeReason(outcome: ShownOutcome): string {
  const { status, reason, timeout } = outcome
  if (status !== 'failed' && status !== 'interrupted') return ''
  switch (reason) {
    case 'incomplete':
      return ''
    case undefined:
    case null:
      return describeExit(outcome)
    case 'exit':
    case 'signal':
      return describeExit(outcome) || 'error'
    case 'timeout':
      return timeout === undefined ? 'timed out' : `timed out after ${formatDuration(timeout)}`
    default:
      return Object.hasOwn(reasons, reason) ? (reasons[reason] ?? reason) : reason
  }
}

/** Reasons of tasks.json in words. One of a later version is shown as it is. */
const reasons: Readonly<Record<string, string>> = {
  'agent-missing': 'program not found',
  conflict: 'conflict',
  'broken-off': 'ended in its answer',
  'cut-off': 'answer cut off',
  elsewhere: 'in another checkout',
  hung: 'no output after its last report',
  lost: 'process lost',
  'no-output': 'no output',
  provider: 'provider error',
  'rate-limit': 'rate-limited',
  rejected: 'permission denied',
  'server-lost': 'server stopped',
  'session-missing': 'session not found',
  setup: 'clone not prepared',
  spawn: 'could not start',
  tree: 'not fit to be merged',
  user: 'stopped by you',
  verify: 'verify failed',
} satisfies Record<Exclude<Reason, 'incomplete' | 'exit' | 'signal' | 'timeout'>, string>

/** How the process ended: `exit code 3`, `signal SIGKILL`, or '' when that is not known. */
function describeExit({ exitCode, signal }: ShownOutcome): string {
  if (signal !== undefined) return `signal ${signal}`
  return exitCode === undefined ? '' : `exit code ${exitCode}`
}

/** The last line of the detail of a session, which is its error when it failed; undefined when there is none. */
export function lastLineOf(detail: string | undefined): string | undefined {
  const line = oneLine(detail?.trimEnd().split('\n').at(-1) ?? '')
  return line === '' ? undefined : line
}
