import type { ContinueOptions } from './continue.ts'
import type { FixOptions } from './fix.ts'
import type { Entries } from '../command.ts'

/** Commands to recover from failures. */
export const recoverCommands: Entries = {
  fix: {
    takes: '[threads...]',
    isLong: true,
    about: 'Resume, retry, change the agent, or plan a fix',
    example: [
      'work fix',
      'work fix --thread 01.01.02 --resume',
      'work fix --thread 01.01.02 --retry --note "The port is taken: use 0."',
      'work fix --all-failed --agent reviewer --yes',
      'work fix --new-stage --thread 01.01.02 --name "login times out"',
    ].join('\n  '),
    isLogged: true,
    define: (command, { run, wholeNumber }) =>
      command
        .option('-t, --thread <ids...>', 'the threads to fix')
        .option('--all-failed', 'all threads that failed or were interrupted')
        .option('--resume', 'resume its last session')
        .option('--retry', 'start a new session with the same agent')
        .option('-a, --agent <name>', 'start a new session with this agent')
        .option('-m, --model <name>', 'start a new session with this model of the agent')
        .option('--new-stage', 'add a stage to the plan to fix it')
        .option('--stage <n>', "with --new-stage: the stage to fix (default: the thread's)")
        .option('-n, --name <name>', 'with --new-stage: what to fix, in a few words')
        .option('--description <text>', 'with --new-stage: a description of the problem')
        .option('--batch', 'with --new-stage: add a batch to that stage instead')
        .option('--note <text>', 'a note for the agent')
        .option(
          '--parallel <n>',
          'number of threads to run at once (default: agents.yaml)',
          wholeNumber(1, 1000),
        )
        .option('--server <url>', 'use an opencode server that is already running')
        .option('--dry-run', 'show what would run, and exit')
        .option('-y, --yes', 'do not ask for confirmation')
        .option('--fresh', 'retry in a clone that starts over from the newest merged work')
        .option('-f, --force', 'rerun completed threads too, reopening their tasks')
        .action(async (threads: string[], options: FixOptions) =>
          run((await import('./fix.ts')).fix(threads, options)),
        ),
  },
  continue: {
    isLong: true,
    about: 'Continue where an earlier run stopped',
    example: ['work continue', 'work continue --skip', 'work continue --fix --yes'].join('\n  '),
    isLogged: true,
    define: (command, { run, wholeNumber }) =>
      command
        .addOption(command.createOption('--skip', 'leave failed threads alone').conflicts('fix'))
        .option('--fix', 'fix failed threads first')
        .option('--wait', 'wait while a provider is rate-limited')
        .option('--no-wait', 'do not wait for rate-limited providers')
        .option('-y, --yes', 'do not prompt: with --fix resume or retry, otherwise skip')
        .option(
          '--parallel <n>',
          'number of threads to run at once (default: agents.yaml)',
          wholeNumber(1, 1000),
        )
        .option('--server <url>', 'use an opencode server that is already running')
        .option('--tmux', 'show each thread in a window of a tmux session')
        .action(async (options: ContinueOptions) =>
          run((await import('./continue.ts')).continueWork(options)),
        ),
  },
}
