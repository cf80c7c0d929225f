import type { AddBatchOptions } from './add-batch.ts'
import type { AddStageOptions } from './add-stage.ts'
import type { AddTaskOptions } from './add-task.ts'
import type { AddThreadOptions } from './add-thread.ts'
import type { RevisionOptions } from './revision.ts'
import type { Entries } from '../command.ts'

const family = { name: 'add <part>', about: 'Add a stage, batch, thread or task to the plan' }

/** Commands that add to a plan. */
export const changeCommands: Entries = {
  'add-stage': {
    about: 'Add a stage that fixes an earlier one',
    family,
    example: 'work add-stage --stage 2 --name "login times out" --description "See report."',
    isLogged: true,
    define: (command, { run }) =>
      command
        .requiredOption('--stage <n>', 'the stage to fix: number or name')
        .requiredOption('-n, --name <name>', 'what to fix, in a few words')
        .option('--batch', 'add a batch at the end of that stage instead')
        .option('--description <text>', 'a description of the problem')
        .action(async (options: AddStageOptions) => run((await import('./add-stage.ts')).addStage(options))),
  },
  'add-batch': {
    about: 'Add a batch at the end of a stage',
    family,
    example: 'work add-batch --stage 2 --name "Load tests" --thread "Checkout"',
    values: { thread: 'text' },
    isLogged: true,
    define: (command, { run }) =>
      command
        .requiredOption('--stage <n>', 'the stage: number or name')
        .requiredOption('-n, --name <name>', 'the name')
        .option('--summary <text>', 'a description')
        .option('--thread <name>', 'name of its first thread (default: that of the batch)')
        .action(async (options: AddBatchOptions) => run((await import('./add-batch.ts')).addBatch(options))),
  },
  'add-thread': {
    about: 'Add a thread at the end of a batch',
    family,
    example: 'work add-thread --batch 01.02 --name "Courier" --summary "Ask the courier once an hour."',
    isLogged: true,
    define: (command, { run }) =>
      command
        .option('--stage <n>', 'the stage of the batch: number or name')
        .requiredOption('-b, --batch <id>', 'the batch: id, number or name')
        .requiredOption('-n, --name <name>', 'the name')
        .option('--summary <text>', 'what to do')
        .action(async (options: AddThreadOptions) =>
          run((await import('./add-thread.ts')).addThread(options)),
        ),
  },
  'add-task': {
    about: 'Add a task at the end of a thread',
    family,
    example: 'work add-task --thread 01.02.01 --name "Handle an empty answer"',
    isLogged: true,
    define: (command, { run }) =>
      command
        .option('--stage <n>', 'the stage of the thread: number or name')
        .option('-b, --batch <id>', 'the batch of the thread: id, number or name')
        .requiredOption('-t, --thread <id>', 'the thread: id, number or name')
        .requiredOption('-n, --name <name>', 'what to do')
        .action(async (options: AddTaskOptions) => run((await import('./add-task.ts')).addTask(options))),
  },
  revision: {
    about: 'Add a stage for changed requirements',
    example: 'work revision --name "plain words in errors"',
    isLogged: true,
    define: (command, { run }) =>
      command
        .requiredOption('-n, --name <name>', 'the name')
        .option('--description <text>', 'what is to change')
        .action(async (options: RevisionOptions) => run((await import('./revision.ts')).revision(options))),
  },
}
