import type { CreateOptions } from './create.ts'
import type { CurrentOptions } from './current.ts'
import type { EditOptions } from '../plan/edit.ts'
import type { StreamChangeOptions } from './changes.ts'
import type { StreamsOptions } from './streams.ts'
import type { Entries } from '../command.ts'

/** Commands about workstreams as a whole. */
export const streamsCommands: Entries = {
  create: {
    takes: '[name]',
    about: 'Create a workstream with a PLAN.md',
    example: [
      'work create session-tracking --stages 2',
      'work create "Track sessions per thread" --edit',
      'work create session-tracking --from plan.md',
    ].join('\n  '),
    withoutStream: true,
    values: { stages: 'text', from: 'text' },
    isLogged: false,
    define: (command, { run, wholeNumber }) =>
      command
        .option('-n, --name <name>', 'the name, or any words')
        .option('--stages <n>', 'number of stages in the template (default: 1)', wholeNumber(1, 20))
        .option('--from <file>', 'use the plan in this file; - for standard input')
        .option('--edit', 'open the plan in your editor')
        .action(async (name: string | undefined, options: CreateOptions) =>
          run((await import('./create.ts')).create(name, options)),
        ),
  },
  edit: {
    about: 'Edit the plan, and validate it on save',
    example: ['work edit', 'work edit --tasks', 'work edit --agents'].join('\n  '),
    isLogged: false,
    define: (command, { run }) =>
      command
        .option('--tasks', 'edit TASKS.md')
        .option('--agents', 'edit agents.yaml')
        .action(async (options: EditOptions) => run((await import('../plan/edit.ts')).edit(options))),
  },
  current: {
    takes: '[stream]',
    about: 'Show or change the current workstream',
    example: 'work current --set 005',
    withoutStream: true,
    values: { set: 'stream' },
    isLogged: false,
    define: (command, { run }) =>
      command
        .addOption(
          command.createOption('--set <id>', 'make this one current: id, name or number').conflicts('clear'),
        )
        .option('--clear', 'make none current')
        .action(async (stream: string | undefined, options: CurrentOptions) =>
          run((await import('./current.ts')).current(stream, options)),
        ),
  },
  streams: {
    about: 'List the workstreams',
    example: 'work streams',
    withoutStream: true,
    isLogged: false,
    define: (command, { run }) =>
      command
        .option('--all', 'list archived ones, too')
        .action(async (options: StreamsOptions) => run((await import('./streams.ts')).streams(options))),
  },
  archive: {
    takes: '<stream>',
    about: 'Hide a workstream from lists',
    example: 'work archive 005',
    withoutStream: true,
    isLogged: false,
    define: (command, { run }) =>
      command
        .option('--undo', 'list it again')
        .action(async (stream: string, options: StreamChangeOptions) =>
          run((await import('./changes.ts')).archive(stream, options)),
        ),
  },
  rename: {
    takes: '<stream> <name>',
    about: 'Rename a workstream; its number stays',
    example: 'work rename 005 "Session tracking"',
    withoutStream: true,
    isLogged: false,
    define: (command, { run }) =>
      command.action(async (stream: string, name: string, options: StreamChangeOptions) =>
        run((await import('./changes.ts')).rename(stream, name, options)),
      ),
  },
  remove: {
    takes: '<stream>',
    about: 'Delete a workstream, unless git lacks a file of it',
    example: 'work remove 005',
    withoutStream: true,
    isLogged: false,
    define: (command, { run }) =>
      command
        .option('-y, --yes', 'do not ask for confirmation')
        .option('-f, --force', 'delete files that git does not have, too')
        .action(async (stream: string, options: StreamChangeOptions) =>
          run((await import('./changes.ts')).remove(stream, options)),
        ),
  },
}
