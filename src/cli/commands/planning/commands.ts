import type { PlanOptions } from './options.ts'
import type { Entries } from '../command.ts'

/** From a goal to an approved plan. */
export const planningCommands: Entries = {
  plan: {
    takes: '[goal...]',
    about: 'Let an agent draft the plan; review and approve it',
    example: [
      'work plan "Add JWT auth with refresh tokens, tests and docs"',
      'work plan --from brief.md --agent deep',
      'work plan --revise "split the API thread; docs last"',
    ].join('\n  '),
    values: {
      goal: 'text',
      from: 'text',
      issue: 'text',
      revise: 'text',
      template: 'text',
      restore: 'text',
      name: 'text',
      agent: 'agent',
    },
    isLogged: true,
    isLong: true,
    define: (command, { run, wholeNumber }) =>
      command
        .option('--from <file>', 'take the goal from a file; - for standard input')
        .option('--issue <n>', 'take the goal from an issue, read by gh')
        .option('-n, --name <name>', 'name of the new workstream (default: from the goal)')
        .option('--template <name>', 'begin with a template: bugfix, feature, refactor, migration, or a file')
        .option('--revise <words>', 'change the plan that is there')
        .option('-a, --agent <name>', 'the agent that plans')
        .option('--model <model>', 'one of its models to try first')
        .option('--retry', 'start the agent again after it has failed')
        .option('-y, --yes', 'approve a valid draft without open questions')
        .option('--history', 'list the versions of the plan')
        .option('--restore <n>', 'make this version the plan again', wholeNumber(1, 99_999))
        .option('--discard', 'give an open draft up; it stays as a version')
        .option('--server <url>', 'use a running opencode server')
        .action(async (goal: string[], options: PlanOptions) =>
          run((await import('./plan.ts')).plan(goal, options)),
        ),
  },
}
