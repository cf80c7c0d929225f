import { taskStatuses } from '../../../../machines/statuses.ts'
import type { ListOptions } from './list.ts'
import type { ReadOptions } from './read.ts'
import type { ReviewCommandOptions } from '../approve/review.ts'
import type { StatusOptions } from './status.ts'
import type { TreeOptions } from './tree.ts'
import type { Entries } from '../command.ts'

/** Commands that only show things. */
export const lookCommands: Entries = {
  status: {
    takes: '[id]',
    about: 'Show progress by thread',
    example: 'work status --sessions',
    values: { id: 'part' },
    isLogged: false,
    define: (command, { run }) =>
      command
        .option('-t, --thread <id>', 'only this thread')
        .option('-b, --batch <id>', 'only this batch')
        .option('--stage <n>', 'only this stage')
        .option('--failed', 'only threads that failed or were interrupted')
        .option('--sessions', 'list the sessions of each thread')
        .option('--clones', 'measure the clones of threads: changed lines and size')
        .option('-w, --watch', 'refresh until the run ends')
        .option('--exit-status', 'with --watch: exit with 1 if a thread failed')
        .action(async (id: string | undefined, options: StatusOptions) =>
          run((await import('./status.ts')).status(id, options)),
        ),
  },
  review: {
    takes: '[id]',
    about: 'Show what a stage or thread produced',
    example: 'work review\n  work review 1 --diff',
    values: { id: 'part' },
    isLogged: false,
    define: (command, { run }) =>
      command
        .option('--stage <n>', 'this stage (default: the one that ran last)')
        .option('-t, --thread <id>', 'this thread')
        .option('--diff', 'show the changes since the stage began')
        .action(async (id: string | undefined, options: ReviewCommandOptions) =>
          run((await import('../approve/review.ts')).review(id, options)),
        ),
  },
  tree: {
    takes: '[id]',
    about: 'Show stages, batches and threads as a tree',
    example: 'work tree',
    values: { id: 'part' },
    isLogged: false,
    define: (command, { run }) =>
      command
        .option('--stage <n>', 'only this stage')
        .option('-b, --batch <id>', 'only this batch')
        .option('-t, --thread <id>', 'only this thread')
        .action(async (id: string | undefined, options: TreeOptions) =>
          run((await import('./tree.ts')).tree(id, options)),
        ),
  },
  list: {
    takes: '[id]',
    about: 'List the tasks of each thread',
    example: 'work list --status blocked',
    values: { id: 'part' },
    isLogged: false,
    define: (command, { run }) =>
      command
        .option('--tasks', 'list tasks (the default)')
        .addOption(
          command.createOption('--status <status>', 'only tasks with this status').choices(taskStatuses),
        )
        .option('--stage <n>', 'only this stage')
        .option('-b, --batch <id>', 'only this batch')
        .option('-t, --thread <id>', 'only this thread')
        .action(async (id: string | undefined, options: ListOptions) =>
          run((await import('./list.ts')).list(id, options)),
        ),
  },
  read: {
    about: 'Show one task in full',
    takes: '[task]',
    example: 'work read 01.01.02.01',
    isLogged: false,
    define: (command, { run }) =>
      command
        .option('--task <id>', 'the task')
        .option('-t, --thread <id>', 'all tasks of this thread')
        .action(async (task: string | undefined, options: ReadOptions) =>
          run((await import('./read.ts')).read(task, options)),
        ),
  },
}
