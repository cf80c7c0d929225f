import { endings } from '../../diagram/formats.ts'
import type { DiagramOptions } from '../diagram.ts'
import type { DoctorOptions } from '../doctor.ts'
import type { Entries } from './entry.ts'

/** About the tool itself. */
export const toolsCommands: Entries = {
  doctor: {
    about: 'What is installed, what is broken, what to do',
    example: 'work doctor\n  work doctor --stop-server',
    withoutStream: true,
    define: (command, { run }) =>
      command
        .option('--stop-server', "end the repository's opencode server")
        .option('-f, --force', 'end it although sessions are at work')
        .action(async (options: DoctorOptions) => run((await import('../doctor.ts')).doctor(options))),
  },
  diagram: {
    takes: '[chart]',
    words: { chart: ['thread', 'run', 'fix', 'continue', 'all'] },
    about: 'Draw the rules: thread (default), run, fix, continue, all',
    example:
      'work diagram run --format svg > run.svg\n  work diagram --thread 01.01.02 --format svg > thread.svg',
    define: (command, { run }) =>
      command
        .addOption(
          command
            .createOption('--format <format>', 'as what (default: mermaid)')
            .choices(Object.keys(endings)),
        )
        .option('--out <dir>', 'write files into this folder')
        .option('-t, --thread <id>', 'mark where this thread stands, and the way it came')
        .action(async (chart: string | undefined, options: DiagramOptions) =>
          run((await import('../diagram.ts')).diagram(chart, options)),
        ),
  },
  schema: {
    takes: '<name>',
    words: { name: ['tasks', 'index', 'agents'] },
    about: 'The JSON Schema of a file: tasks, index or agents',
    example: 'work schema agents',
    withoutStream: true,
    define: (command, { run }) =>
      command.action(async (name: string) => run((await import('../schema.ts')).schema(name))),
  },
  completion: {
    takes: '<shell>',
    words: { shell: ['bash', 'zsh', 'fish'] },
    about: 'Print the script by which a shell completes commands',
    example: 'work completion bash',
    withoutStream: true,
    define: (command, { run }) =>
      command.action(async (shell: string) => run((await import('../completion.ts')).completion(shell))),
  },
}
