import type { AgentsOptions } from '../agents.ts'
import type { AssignOptions } from '../assign.ts'
import type { Entries } from './entry.ts'

/** Who does what. */
export const agentsCommands: Entries = {
  agents: {
    about: 'Who there is',
    example: 'work agents',
    withoutStream: true,
    define: (command, { run }) =>
      command.action(async (options: AgentsOptions) => run((await import('../agents.ts')).agents(options))),
  },
  assign: {
    about: 'Say which agent does a thread or task',
    example: 'work assign --thread 01.01.02 --agent reviewer',
    define: (command, { run }) =>
      command
        .option('--thread <id>', 'the thread')
        .option('-t, --task <id>', 'one task')
        .option('-a, --agent <name>', 'the agent')
        .option('--clear', 'nobody in particular')
        .option('--list', 'show who does what')
        .action(async (options: AssignOptions) => run((await import('../assign.ts')).assign(options))),
  },
}
