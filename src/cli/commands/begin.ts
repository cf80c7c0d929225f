import type { CreateOptions } from '../create.ts'
import type { CurrentOptions } from '../current.ts'
import type { InitOptions } from '../init.ts'
import type { Entries } from './entry.ts'

/** The first steps: the folder `work/`, a workstream, and which one is current. */
export const beginCommands: Entries = {
  init: {
    about: 'Create work/ with index.json and agents.yaml',
    example: 'work init --skills',
    withoutStream: true,
    define: (command, { run }) =>
      command
        .option('--skills', 'also write skills for agents, in .opencode/skills/')
        .option('-f, --force', 'also in a folder work/ that holds something else')
        .action(async (options: InitOptions) => run((await import('../init.ts')).init(options))),
  },
  create: {
    takes: '[name]',
    about: 'Create a workstream with a PLAN.md to fill in',
    example: 'work create session-tracking --stages 2',
    withoutStream: true,
    define: (command, { run, wholeNumber }) =>
      command
        .option('-n, --name <name>', 'the name, in kebab-case')
        .option('--stages <n>', 'number of stages in the template', wholeNumber(1, 20), 1)
        .action(async (name: string | undefined, options: CreateOptions) =>
          run((await import('../create.ts')).create(name, options)),
        ),
  },
  current: {
    takes: '[stream]',
    about: 'Show or change the current workstream',
    example: 'work current --set 005',
    withoutStream: true,
    define: (command, { run }) =>
      command
        .addOption(
          command.createOption('--set <id>', 'make this one current: id, name or number').conflicts('clear'),
        )
        .option('--clear', 'make none current')
        .action(async (stream: string | undefined, options: CurrentOptions) =>
          run((await import('../current.ts')).current(stream, options)),
        ),
  },
}
