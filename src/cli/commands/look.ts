import { taskStatuses } from '../../../machines/statuses.ts'
import type { ListOptions } from '../list.ts'
import type { ReadOptions } from '../read.ts'
import type { StatusOptions } from '../status.ts'
import type { TreeOptions } from '../tree.ts'
import type { Entries } from './entry.ts'

/** What only shows how things stand. */
export const lookCommands: Entries = {
  status: {
    about: 'How far it is, thread by thread',
    example: 'work status --sessions',
    define: (command, { run }) =>
      command
        .option('-t, --thread <id>', 'this thread only')
        .option('-b, --batch <id>', 'this batch only')
        .option('--failed', 'only what failed, is incomplete or was interrupted')
        .option('--sessions', 'each session of each thread')
        .option('-w, --watch', 'keep showing it')
        .action(async (options: StatusOptions) => run((await import('../status.ts')).status(options))),
  },
  tree: {
    about: 'Stages, batches and threads as a tree',
    example: 'work tree',
    define: (command, { run }) =>
      command
        .option('-b, --batch <id>', 'this batch only')
        .action(async (options: TreeOptions) => run((await import('../tree.ts')).tree(options))),
  },
  list: {
    about: 'Every task below its thread',
    example: 'work list --status blocked',
    define: (command, { run }) =>
      command
        .option('--tasks', 'tasks (the default)')
        .addOption(command.createOption('--status <status>', 'only these').choices(taskStatuses))
        .option('--stage <n>', 'this stage only')
        .option('-b, --batch <id>', 'this batch only')
        .option('-t, --thread <id>', 'this thread only')
        .action(async (options: ListOptions) => run((await import('../list.ts')).list(options))),
  },
  read: {
    about: 'One task, whole',
    takes: '[task]',
    example: 'work read 01.01.02.01',
    define: (command, { run }) =>
      command
        .option('-t, --task <id>', 'the task, as without the flag')
        .action(async (task: string | undefined, options: ReadOptions) =>
          run((await import('../read.ts')).read(task, options)),
        ),
  },
}
