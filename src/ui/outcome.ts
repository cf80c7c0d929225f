import type { ThreadStanding } from '../../machines/statuses.ts'
import { oneLine } from './text.ts'

/** What is known of how a thread or a session stands or ended. */
export interface Outcome {
  status: ThreadStanding | 'waiting'
  reason?: string | null | undefined
  exitCode?: number | undefined
  signal?: string | undefined
}

/** The status to show: a thread whose session ended well while tasks are open has failed, and is `incomplete`. */
export function shownStatus({ status, reason }: Outcome): Outcome['status'] | 'incomplete' {
  return status === 'failed' && reason === 'incomplete' ? 'incomplete' : status
}

/** An outcome in words: `completed`, `incomplete`, `failed: exit`, `interrupted: user`. */
export function describeOutcome(outcome: Outcome): string {
  const shown = shownStatus(outcome)
  const hasReason = (shown === 'failed' || shown === 'interrupted') && outcome.reason
  return hasReason ? `${shown}: ${outcome.reason}` : shown
}

/** How the process ended: `exit code 3`, `SIGKILL`, or '' when that is not known. */
export function describeExit({ exitCode, signal }: Pick<Outcome, 'exitCode' | 'signal'>): string {
  return signal ?? (exitCode === undefined ? '' : `exit code ${exitCode}`)
}

/** An outcome with how the process ended: `failed: exit code 3`, `failed: signal SIGKILL`, `failed: no-output (exit code 0)`. */
export function describeEnd(outcome: Outcome): string {
  const shown = shownStatus(outcome)
  const exit = shown === 'failed' || shown === 'interrupted' ? describeExit(outcome) : ''
  if (exit === '') return describeOutcome(outcome)
  if (outcome.reason === 'exit') return `${shown}: ${exit}`
  if (outcome.reason === 'signal') return `${shown}: signal ${exit}`
  return `${describeOutcome(outcome)} (${exit})`
}

/** The last line of the detail of a session, which is its error when it failed; undefined when there is none. */
export function lastLineOf(detail: string | undefined): string | undefined {
  const line = oneLine(detail?.trimEnd().split('\n').at(-1) ?? '')
  return line === '' ? undefined : line
}
