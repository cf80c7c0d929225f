import { taskStatuses } from '../../../machines/statuses.ts'
import type { SessionOptions } from '../session.ts'
import type { UpdateOptions } from '../update.ts'
import type { Entries } from './entry.ts'

/** Sessions by hand. */
export const sessionsCommands: Entries = {
  session: {
    takes: '<action> [thread]',
    words: { action: ['list', 'logs', 'attach', 'complete'] },
    about: 'list, logs, attach, or complete threads by your word',
    example: [
      'work session list 01.01.02',
      'work session logs 01.01.02 --follow',
      'work session attach 01.01.02',
      'work session complete --thread 01.01.02 --report "Merged by hand."',
    ].join('\n  '),
    define: (command, { run, wholeNumber }) =>
      command
        .option('-t, --thread <id>', 'the thread, as without the flag')
        .option('--attempt <n>', 'logs, attach: this attempt (default: the last)', wholeNumber(1, 1_000_000))
        .option('--follow', 'logs: go on until the session ends')
        .option('--server <url>', 'attach: an opencode server that runs already')
        .option('-b, --batch <id>', 'complete: each thread of the batch')
        .option('--all', 'complete: each thread of the workstream')
        .option('--report <text>', 'complete: what the open tasks came to')
        .option('-y, --yes', 'complete: do not ask')
        .action(async (action: string, thread: string | undefined, options: SessionOptions) =>
          run((await import('../session.ts')).session(action, thread, options)),
        ),
  },
  update: {
    about: 'Report how a task or a whole thread goes',
    example: 'work update --task 01.01.02.01 --status completed --report "Parser is in."',
    define: (command, { run }) =>
      command
        .addOption(command.createOption('-t, --task <id>', 'the task').conflicts('thread'))
        .option('--thread <id>', 'each task of the thread')
        .addOption(command.createOption('--status <status>', 'how it goes').choices(taskStatuses))
        .option('--report <text>', 'what was done, or what is in the way')
        .option('-b, --breadcrumb <text>', 'where to go on')
        .option('--agent <name>', 'who does it')
        .option('-f, --force', "report on another thread than this session's own (not for agents)")
        .action(async (options: UpdateOptions) => run((await import('../update.ts')).update(options))),
  },
}
