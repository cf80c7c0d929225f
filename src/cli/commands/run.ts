import type { ExecuteOptions } from '../execute.ts'
import type { MultiOptions } from '../multi.ts'
import type { RunCommandOptions } from '../run.ts'
import type { StopCommandOptions } from '../stop.ts'
import type { Entries } from './entry.ts'

/** What starts agents. */
export const runCommands: Entries = {
  run: {
    takes: '[ids...]',
    isLong: true,
    about: 'Run what is next, or a stage, batch or thread',
    example: ['work run', 'work run 1.2 --parallel 3', 'work run --retry-failed'].join('\n  '),
    define: (command, { run, wholeNumber }) =>
      command
        .option('--stage <n>', 'only this stage')
        .option('-b, --batch <id>', 'only this batch')
        .option('-t, --thread <ids...>', 'only these threads, also when they failed')
        .option('-a, --agent <name>', 'with --thread: this agent, this once')
        .addOption(command.createOption('--retry-failed', 'retry failed threads').conflicts('skipFailed'))
        .option('--skip-failed', 'leave failed threads as they are, and run the rest')
        .option('--wait', 'wait while a provider is rate-limited')
        .option('--no-wait', 'do not wait for rate-limited providers')
        .option('-y, --yes', 'do not ask: leave failed threads as they are, stop at approvals')
        .option('--parallel <n>', 'threads at once (default: agents.yaml)', wholeNumber(1, 1000))
        .option('--server <url>', 'an opencode server that is already running')
        .option('--tmux', 'show each thread in a window of a tmux session')
        .option('-d, --detach', 'run in the background')
        .option('--dry-run', 'show what would be run')
        .option('-f, --force', 'run a batch although an earlier one is not done')
        .action(async (ids: string[], options: RunCommandOptions) =>
          run((await import('../run.ts')).run(ids, options)),
        ),
  },
  stop: {
    takes: '[ids...]',
    isLong: true,
    about: 'Stop running threads, or the whole run',
    example: ['work stop', 'work stop 1.2.3', 'work stop --now'].join('\n  '),
    define: (command, { run }) =>
      command
        .option('-t, --thread <ids...>', 'these threads, as without the flag')
        .option('--now', 'end the sessions immediately')
        .option('--server <url>', 'an opencode server that is already running')
        .action(async (ids: string[], options: StopCommandOptions) =>
          run((await import('../stop.ts')).stop(ids, options)),
        ),
  },
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
