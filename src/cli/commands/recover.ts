import type { ContinueOptions } from '../continue.ts'
import type { FixOptions } from '../fix.ts'
import type { Entries } from './entry.ts'

/** The ways out after a failure. */
export const recoverCommands: Entries = {
  fix: {
    isLong: true,
    about: 'Resume, retry, change the agent, or plan a fix',
    example: [
      'work fix',
      'work fix --thread 01.01.02 --resume',
      'work fix --thread 01.01.02 --retry --note "The port is taken: use 0."',
      'work fix --all-failed --agent reviewer --yes',
      'work fix --new-stage --thread 01.01.02 --name "login times out"',
    ].join('\n  '),
    define: (command, { run, wholeNumber }) =>
      command
        .option('-t, --thread <ids...>', 'this thread, or these')
        .option('--all-failed', 'every thread that failed or was interrupted')
        .option('--resume', 'go on with its last session')
        .option('--retry', 'a new session by the same agent')
        .option('-a, --agent <name>', 'a new session by this agent')
        .option('-m, --model <name>', 'a new session with this model of the agent')
        .option('--new-stage', 'add a stage to the plan that mends it')
        .option('--stage <n>', 'new stage: the one that it mends (default: that of the thread)')
        .option('-n, --name <name>', 'new stage: what is to be fixed')
        .option('--description <text>', 'new stage: what is wrong')
        .option('--batch', 'new stage: add a batch at the end of that stage instead')
        .option('--note <text>', 'what the agent is to know besides')
        .option('--parallel <n>', 'how many at once (default: agents.yaml)', wholeNumber(1, 1000))
        .option('--server <url>', 'an opencode server that runs already')
        .option('--dry-run', 'show what would be run')
        .option('-y, --yes', 'do not ask for confirmation')
        .option('-f, --force', 'also a completed thread: its tasks are opened again')
        .action(async (options: FixOptions) => run((await import('../fix.ts')).fix(options))),
  },
  continue: {
    isLong: true,
    about: 'Go on where an earlier run stopped',
    example: ['work continue', 'work continue --skip', 'work continue --fix --yes'].join('\n  '),
    define: (command, { run, wholeNumber }) =>
      command
        .addOption(command.createOption('--skip', 'leave what failed as it is').conflicts('fix'))
        .option('--fix', 'fix what did not complete first')
        .option('--wait', 'wait for a provider that takes nothing for a while')
        .option('--no-wait', 'go on without it')
        .option('-y, --yes', 'ask nothing: with --fix resume or retry, else skip')
        .option('--parallel <n>', 'how many at once (default: agents.yaml)', wholeNumber(1, 1000))
        .option('--server <url>', 'an opencode server that runs already')
        .option('--tmux', 'show each thread in a window of a tmux session')
        .action(async (options: ContinueOptions) =>
          run((await import('../continue.ts')).continueWork(options)),
        ),
  },
}
