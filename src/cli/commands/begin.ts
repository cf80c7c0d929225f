import type { CreateOptions } from '../create.ts'
import type { CurrentOptions } from '../current.ts'
import type { InitOptions } from '../init.ts'
import type { Entries } from './entry.ts'

/** What one does first: the folder `work/`, a workstream, and which one is meant. */
export const beginCommands: Entries = {
  init: {
    about: 'Make work/ with index.json and agents.yaml; keeps files',
    example: 'work init --skills',
    withoutStream: true,
    define: (command, { run }) =>
      command
        .option('--skills', 'also skills for agents, in .opencode/skills/')
        .option('-f, --force', 'also in a folder work/ that holds something else')
        .action(async (options: InitOptions) => run((await import('../init.ts')).init(options))),
  },
  create: {
    takes: '[name]',
    about: 'Make a workstream with a PLAN.md to fill in',
    example: 'work create session-tracking --stages 2',
    withoutStream: true,
    define: (command, { run, wholeNumber }) =>
      command
        .option('-n, --name <name>', 'its name, in kebab-case')
        .option('--stages <n>', 'stages in the template', wholeNumber(1, 20), 1)
        .action(async (name: string | undefined, options: CreateOptions) =>
          run((await import('../create.ts')).create(name, options)),
        ),
  },
  current: {
    about: 'Show or choose the workstream that commands mean',
    example: 'work current --set 005',
    withoutStream: true,
    define: (command, { run }) =>
      command
        .addOption(
          command.createOption('-s, --set <id>', 'choose this one: id, name or number').conflicts('clear'),
        )
        .option('-c, --clear', 'choose none')
        .action(async (options: CurrentOptions) => run((await import('../current.ts')).current(options))),
  },
}
