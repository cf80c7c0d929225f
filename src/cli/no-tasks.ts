import { say } from './output.ts'

/** Where a workstream has nothing to show yet: which command tells how it comes to have something. */
export function sayNoTasks(): void {
  say('It has no tasks yet.', '  → work status tells what is next.')
}
