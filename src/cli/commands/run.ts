import type { ExecuteOptions } from '../execute.ts'
import type { MultiOptions } from '../multi.ts'
import type { Entries } from './entry.ts'

/** What starts agents. */
export const runCommands: Entries = {
  multi: {
    isLong: true,
    about: 'Run the threads of a batch in parallel',
    example: 'work multi --continue --parallel 3',
    define: (command, { run, wholeNumber }) =>
      command
        .addOption(command.createOption('-b, --batch <id>', 'this batch').conflicts('continue'))
        .option('-c, --continue', 'the next unfinished batch, and on from there')
        .option('--parallel <n>', 'how many at once (default: agents.yaml)', wholeNumber(1, 1000))
        .option('--server <url>', 'an opencode server that runs already')
        .option('--tmux', 'show each thread in a window of a tmux session')
        .option('--dry-run', 'show what would be run')
        .option('-f, --force', 'run the batch although an earlier one is not done')
        .action(async (options: MultiOptions) => run((await import('../multi.ts')).multi(options))),
  },
  execute: {
    isLong: true,
    about: 'Run one thread',
    example: 'work execute --thread 01.01.02',
    define: (command, { run }) =>
      command
        .requiredOption('-t, --thread <id>', 'the thread')
        .option('-a, --agent <name>', 'this agent, this once')
        .option('--server <url>', 'an opencode server that runs already')
        .option('--dry-run', 'show what would be run')
        .action(async (options: ExecuteOptions) => run((await import('../execute.ts')).execute(options))),
  },
}
