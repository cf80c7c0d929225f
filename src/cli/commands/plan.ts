import type { CommonOptions } from '../context.ts'
import type { PromptOptions } from '../prompt.ts'
import type { TasksOptions } from '../tasks.ts'
import type { Entries } from './entry.ts'

/** From PLAN.md to tasks and prompts. */
export const planCommands: Entries = {
  validate: {
    takes: '[what]',
    words: { what: ['plan'] },
    about: 'Name every problem of PLAN.md, with its line',
    example: 'work validate plan',
    define: (command, { run }) =>
      command.action(async (what: string | undefined, options: CommonOptions) =>
        run((await import('../validate.ts')).validate(what, options)),
      ),
  },
  check: {
    takes: '[what]',
    words: { what: ['plan'] },
    about: 'The same, and what is open in it: questions, boxes, files',
    example: 'work check plan',
    define: (command, { run }) =>
      command.action(async (what: string | undefined, options: CommonOptions) =>
        run((await import('../validate.ts')).check(what, options)),
      ),
  },
  tasks: {
    takes: '<action>',
    words: { action: ['generate', 'serialize'] },
    about: 'Make TASKS.md from the plan, or tasks.json from TASKS.md',
    example: 'work tasks generate',
    define: (command, { run }) =>
      command
        .option('-f, --force', 'generate: write over a TASKS.md that was changed')
        .action(async (action: string, options: TasksOptions) =>
          run((await import('../tasks.ts')).tasks(action, options)),
        ),
  },
  prompt: {
    about: 'Write the prompt files of the threads',
    example: 'work prompt --thread 01.01.02',
    define: (command, { run }) =>
      command
        .option('-t, --thread <id>', 'this thread only')
        .option('--stage <n>', 'this stage only')
        .option('-b, --batch <id>', 'this batch only')
        .action(async (options: PromptOptions) => run((await import('../prompt.ts')).prompt(options))),
  },
}
