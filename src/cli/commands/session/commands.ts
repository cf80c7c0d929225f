import { taskStatuses } from '../../../../machines/statuses.ts'
import type { SessionOptions } from './find-session.ts'
import type { UpdateOptions } from './update.ts'
import type { Entries } from '../command.ts'

/** Commands about sessions and their reports. */
export const sessionsCommands: Entries = {
  logs: {
    takes: '[thread]',
    about: 'Show the log of a thread',
    example: 'work logs 1.2.3 --follow',
    isLogged: false,
    define: (command, { run, wholeNumber }) =>
      command
        .option('-t, --thread <id>', 'the thread')
        .option('--attempt <n>', 'the log of this attempt (default: the last)', wholeNumber(1, 1_000_000))
        .option('--follow', 'follow until the session ends')
        .action(async (thread: string | undefined, options: SessionOptions) =>
          run((await import('./session.ts')).session('logs', thread, options)),
        ),
  },
  attach: {
    takes: '[thread]',
    about: "Open a thread's session in its own program",
    example: 'work attach 1.2.3',
    isLogged: false,
    define: (command, { run, wholeNumber }) =>
      command
        .option('-t, --thread <id>', 'the thread')
        .option('--attempt <n>', 'the session of this attempt (default: the last)', wholeNumber(1, 1_000_000))
        .option('--server <url>', 'use an opencode server that is already running')
        .action(async (thread: string | undefined, options: SessionOptions) =>
          run((await import('./session.ts')).session('attach', thread, options)),
        ),
  },
  session: {
    takes: '<action> [thread]',
    words: { action: ['list', 'logs', 'attach', 'complete'] },
    about: 'List sessions, read logs, attach, or mark threads completed',
    example: [
      'work session list 01.01.02',
      'work session logs 01.01.02 --follow',
      'work session attach 01.01.02',
      'work session complete --thread 01.01.02 --report "Merged by hand."',
    ].join('\n  '),
    isLogged: true,
    define: (command, { run, wholeNumber }) =>
      command
        .option('-t, --thread <id>', 'the thread')
        .option('--attempt <n>', 'logs, attach: this attempt (default: the last)', wholeNumber(1, 1_000_000))
        .option('--follow', 'logs: follow until the session ends')
        .option('--server <url>', 'attach: use an opencode server that is already running')
        .option('-b, --batch <id>', 'complete: all threads of the batch')
        .option('--all', 'complete: all threads of the workstream')
        .option('--report <text>', 'complete: a report for the open tasks')
        .option('--drop', 'complete: also if its work is not merged')
        .option('-y, --yes', 'complete: do not ask for confirmation')
        .action(async (action: string, thread: string | undefined, options: SessionOptions) =>
          run((await import('./session.ts')).session(action, thread, options)),
        ),
  },
  update: {
    takes: '[id]',
    about: 'Update the status of a task or thread',
    example: 'work update --task 01.01.02.01 --status completed --report "Parser is in."',
    isLogged: false,
    define: (command, { run }) =>
      command
        .addOption(command.createOption('--task <id>', 'the task').conflicts('thread'))
        .option('-t, --thread <id>', 'all tasks of the thread')
        .addOption(command.createOption('--status <status>', 'the new status').choices(taskStatuses))
        .option('--report <text>', 'what was done, or what blocks it')
        .option('--breadcrumb <text>', 'where to pick up next')
        .option('-a, --agent <name>', 'the agent that does it')
        .option('-f, --force', "report on a thread other than this session's own (not for agents)")
        .action(async (id: string | undefined, options: UpdateOptions) =>
          run((await import('./update.ts')).update(id, options)),
        ),
  },
}
