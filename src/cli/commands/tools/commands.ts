import { endings } from '../../../diagram/formats.ts'
import type { DiagramOptions } from './diagram.ts'
import type { DoctorOptions } from './doctor.ts'
import type { Entries } from '../command.ts'

/** Commands about the tool itself. */
export const toolsCommands: Entries = {
  doctor: {
    about: 'Check the installation and this repository',
    example: 'work doctor\n  work doctor --stop-server',
    withoutStream: true,
    isLogged: false,
    define: (command, { run }) =>
      command
        .option('--stop-server', "stop the repository's opencode server")
        .option('-f, --force', 'stop it even if sessions are running')
        .action(async (options: DoctorOptions) => run((await import('./doctor.ts')).doctor(options))),
  },
  diagram: {
    takes: '[chart]',
    words: { chart: ['plan', 'thread', 'delivery', 'run', 'fix', 'continue', 'draft', 'board', 'all'] },
    about: 'Draw the plan, or a state machine of work',
    example:
      'work diagram\n  work diagram --format svg > plan.svg\n  work diagram run --format svg > run.svg\n  work diagram --thread 01.01.02 --format svg > thread.svg',
    isLogged: false,
    define: (command, { run }) =>
      command
        .addOption(
          command
            .createOption(
              '--format <format>',
              'output format (default: mermaid; for the plan on a terminal: text)',
            )
            .choices(Object.keys(endings)),
        )
        .option('--out <dir>', 'write files into this folder')
        .option('-t, --thread <id>', 'mark the state of this thread, and how it got there')
        .action(async (chart: string | undefined, options: DiagramOptions) =>
          run((await import('./diagram.ts')).diagram(chart, options)),
        ),
  },
  schema: {
    takes: '<name>',
    words: { name: ['tasks', 'index', 'agents'] },
    about: 'Print the JSON Schema of a file',
    example: 'work schema agents',
    withoutStream: true,
    isLogged: false,
    define: (command, { run }) =>
      command.action(async (name: string) => run((await import('./schema.ts')).schema(name))),
  },
  completion: {
    takes: '<shell>',
    words: { shell: ['bash', 'zsh', 'fish'] },
    about: 'Generate a shell completion script',
    example: 'work completion bash',
    withoutStream: true,
    isLogged: false,
    define: (command, { run }) =>
      command.action(async (shell: string) =>
        run((await import('../../completion/completion.ts')).completion(shell)),
      ),
  },
}
