import { say } from '../../output.ts'

/** Where a workstream has nothing to show yet: which command shows the next step. */
export function sayNoTasks(): void {
  say('The workstream has no tasks yet.', '  → work status shows the next step.')
}
