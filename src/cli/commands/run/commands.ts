import type { ExecuteOptions } from './execute.ts'
import type { MultiOptions } from './multi.ts'
import type { RunCommandOptions } from './run.ts'
import type { StopCommandOptions } from './stop.ts'
import type { Entries } from '../command.ts'

/** Commands that start agents, or stop them. */
export const runCommands: Entries = {
  run: {
    takes: '[ids...]',
    isLong: true,
    about: 'Run what is next, or a stage, batch or thread',
    example: ['work run', 'work run 1.2 --parallel 3', 'work run --retry-failed'].join('\n  '),
    values: { ids: 'part' },
    isLogged: true,
    define: (command, { run, wholeNumber }) =>
      command
        .option('--stage <n>', 'only this stage')
        .option('-b, --batch <id>', 'only this batch')
        .option('-t, --thread <ids...>', 'only these threads, even if they failed')
        .option('-a, --agent <name>', 'with --thread: use this agent, only this time')
        .addOption(command.createOption('--retry-failed', 'retry failed threads').conflicts('skipFailed'))
        .option('--skip-failed', 'leave failed threads alone and run the rest')
        .option('--wait', 'wait while a provider is rate-limited')
        .option('--no-wait', 'do not wait for rate-limited providers')
        .option('-y, --yes', 'do not prompt: leave failed threads alone, stop at approvals')
        .option(
          '--parallel <n>',
          'number of threads to run at once (default: agents.yaml)',
          wholeNumber(1, 1000),
        )
        .option('--server <url>', 'use an opencode server that is already running')
        .option('--tmux', 'show each thread in a window of a tmux session')
        .option('-d, --detach', 'run in the background')
        .option('--dry-run', 'show what would run, and exit')
        .option('-f, --force', 'run a batch even if an earlier one is unfinished')
        .action(async (ids: string[], options: RunCommandOptions) =>
          run((await import('./run.ts')).run(ids, options)),
        ),
  },
  stop: {
    takes: '[ids...]',
    isLong: true,
    about: 'Stop running threads, or the whole run',
    example: ['work stop', 'work stop 1.2.3', 'work stop --now'].join('\n  '),
    isLogged: true,
    define: (command, { run }) =>
      command
        .option('-t, --thread <ids...>', 'the threads to stop')
        .option('--now', 'stop immediately, without the polite signals')
        .option('--server <url>', 'use an opencode server that is already running')
        .action(async (ids: string[], options: StopCommandOptions) =>
          run((await import('./stop.ts')).stop(ids, options)),
        ),
  },
  multi: {
    isLong: true,
    about: 'Run one batch (work run with a fixed scope)',
    example: 'work multi --continue --parallel 3',
    isLogged: true,
    define: (command, { run, wholeNumber }) =>
      command
        .addOption(command.createOption('-b, --batch <id>', 'this batch').conflicts('continue'))
        .option('-c, --continue', 'the next unfinished batch, then those after it')
        .option(
          '--parallel <n>',
          'number of threads to run at once (default: agents.yaml)',
          wholeNumber(1, 1000),
        )
        .option('--server <url>', 'use an opencode server that is already running')
        .option('--tmux', 'show each thread in a window of a tmux session')
        .option('--dry-run', 'show what would run, and exit')
        .option('-f, --force', 'run the batch even if an earlier one is unfinished')
        .action(async (options: MultiOptions) => run((await import('./multi.ts')).multi(options))),
  },
  execute: {
    isLong: true,
    about: 'Run one thread (work run with a fixed scope)',
    takes: '[thread]',
    example: 'work execute --thread 01.01.02',
    isLogged: true,
    define: (command, { run }) =>
      command
        .option('-t, --thread <id>', 'the thread')
        .option('-a, --agent <name>', 'use this agent, only this time')
        .option('--server <url>', 'use an opencode server that is already running')
        .option('--dry-run', 'show what would run, and exit')
        .action(async (thread: string | undefined, options: ExecuteOptions) =>
          run((await import('./execute.ts')).execute(thread, options)),
        ),
  },
}
