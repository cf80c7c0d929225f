import type { AgentsOptions } from './agents.ts'
import type { AssignOptions } from './assign.ts'
import type { Entries } from '../command.ts'

/** Agents and their assignments. */
export const agentsCommands: Entries = {
  agents: {
    about: 'List the configured agents',
    example: 'work agents',
    withoutStream: true,
    isLogged: false,
    define: (command, { run }) =>
      command.action(async (options: AgentsOptions) => run((await import('./agents.ts')).agents(options))),
  },
  assign: {
    takes: '[id]',
    about: 'Assign an agent to a thread or task',
    example: 'work assign --thread 01.01.02 --agent reviewer',
    isLogged: true,
    define: (command, { run }) =>
      command
        .option('-t, --thread <id>', 'the thread')
        .option('--task <id>', 'one task')
        .option('-a, --agent <name>', 'the agent')
        .option('--clear', 'remove the assignment')
        .option('--list', 'list the assignments')
        .action(async (id: string | undefined, options: AssignOptions) =>
          run((await import('./assign.ts')).assign(id, options)),
        ),
  },
}
