import { say } from '../../output.ts'
import { advice, work } from '../../../text/hint.ts'

/** Where a workstream has nothing to show yet: which command shows the next step. */
export function sayNoTasks(): void {
  say('The workstream has no tasks yet.', { next: advice`${work('status')} shows the next step.` })
}
