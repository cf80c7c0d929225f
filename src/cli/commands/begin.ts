import type { InitOptions } from '../init.ts'
import type { Entries } from './entry.ts'

/** The first step: the folder `work/`. */
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
}
