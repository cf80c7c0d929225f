import { commandRunner } from '../helpers/command-runner.ts'
import type { RunnerSession } from '../../src/runners/runner.ts'
import { systemCode } from '../../src/errors.ts'

/**
 * A separate process that looks at a session and tries to end it: `<record as JSON> <root>`. Prints both results as
 * JSON.
 */
const [record = '', root = ''] = process.argv.slice(2)
const session: RunnerSession = {
  record: JSON.parse(record),
  root,
  title: 'demo 01.01.01 #1',
  agent: undefined,
  prompt: () => '',
  env: () => ({}),
}
const runner = commandRunner({ recorder: '', root, grace: 100 })
const look = await runner.look(session)
const end = await runner.end(session, true, new AbortController().signal).then(
  () => 'ended',
  (error: unknown) => systemCode(error) ?? String(error),
)
process.stdout.write(JSON.stringify({ look, end }))
