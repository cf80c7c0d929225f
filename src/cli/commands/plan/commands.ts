import type { CommonOptions } from '../../context.ts'
import type { PromptOptions } from './prompt.ts'
import type { TasksOptions } from './tasks.ts'
import type { Entries } from '../command.ts'

/** From PLAN.md to tasks and prompts. */
export const planCommands: Entries = {
  validate: {
    takes: '[what]',
    words: { what: ['plan'] },
    about: 'List the problems of PLAN.md, with their lines',
    example: 'work validate plan',
    isLogged: false,
    define: (command, { run }) =>
      command.action(async (what: string | undefined, options: CommonOptions) =>
        run((await import('./validate.ts')).validate(what, options)),
      ),
  },
  check: {
    takes: '[what]',
    words: { what: ['plan'] },
    about: 'Validate, and list open questions and missing files',
    example: 'work check plan',
    isLogged: false,
    define: (command, { run }) =>
      command.action(async (what: string | undefined, options: CommonOptions) =>
        run((await import('./validate.ts')).check(what, options)),
      ),
  },
  tasks: {
    takes: '<action>',
    words: { action: ['generate', 'serialize'] },
    about: 'Generate TASKS.md, or tasks.json from TASKS.md',
    example: 'work tasks generate',
    isLogged: true,
    define: (command, { run }) =>
      command
        .option('-f, --force', 'generate: overwrite a TASKS.md that was changed')
        .action(async (action: string, options: TasksOptions) =>
          run((await import('./tasks.ts')).tasks(action, options)),
        ),
  },
  prompt: {
    takes: '[id]',
    about: 'Write the prompt files of threads',
    example: 'work prompt --thread 01.01.02',
    values: { id: 'part' },
    isLogged: false,
    define: (command, { run }) =>
      command
        .option('-t, --thread <id>', 'only this thread')
        .option('--stage <n>', 'only this stage')
        .option('-b, --batch <id>', 'only this batch')
        .action(async (id: string | undefined, options: PromptOptions) =>
          run((await import('./prompt.ts')).prompt(id, options)),
        ),
  },
}
