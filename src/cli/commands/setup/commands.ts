import { programNames } from '../../../agents/known-programs.ts'
import { isolationModes } from '../../../clones/settings.ts'
import type { InitOptions } from './init.ts'
import type { Entries } from '../command.ts'

/** The first step: the folder `work/`. */
export const beginCommands: Entries = {
  init: {
    about: 'Create work/ with index.json and agents.yaml',
    example: ['work init', 'work init --agent claude --isolation clone', 'work init --skills'].join('\n  '),
    withoutStream: true,
    isLogged: false,
    define: (command, { run }) =>
      command
        .addOption(
          command
            .createOption('--agent <program>', 'the agent that does the work, in a new agents.yaml')
            .choices(programNames),
        )
        .option('--model <provider/model>', 'its model, for opencode')
        .addOption(
          command
            .createOption(
              '--isolation <mode>',
              'whether each thread works in a clone of its own, in a new agents.yaml',
            )
            .choices(isolationModes),
        )
        .option('-y, --yes', 'do not ask: the agent that is installed, and no isolation')
        .option('--skills', 'also write skills for agents, in .opencode/skills/')
        .option('-f, --force', 'also in a folder work/ that holds something else')
        .action(async (options: InitOptions) => run((await import('./init.ts')).init(options))),
  },
}
