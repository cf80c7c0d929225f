import { commandRunner } from '../helpers/command-runner.ts'
import type { RunnerSession } from '../../src/runners/runner.ts'

/**
 * A separate process that starts a session: `<recorder> <record as JSON> <root> <command…>`. Prints `ready`, waits for
 * a byte on standard input, and prints the session's process, or what was thrown.
 */
const [recorder = '', record = '', root = '', ...command] = process.argv.slice(2)
const session: RunnerSession = {
  record: JSON.parse(record),
  root,
  title: 'demo 01.01.01 #1',
  agent: { name: 'tester', options: { command } },
  prompt: () => 'x'.repeat(2 ** 20),
  env: () => ({ PATH: process.env['PATH'] ?? '', WORK_TOKEN: JSON.parse(record).token }),
}
process.stdout.write('ready\n')
process.stdin.once('data', () => {
  commandRunner({ recorder, root, grace: 100 })
    .start(session, new AbortController().signal)
    .then(
      (identity) => process.stdout.write(`${JSON.stringify(identity)}\n`),
      (error: unknown) => process.stdout.write(`${String(error)}\n`),
    )
    .finally(() => process.stdin.destroy())
})
