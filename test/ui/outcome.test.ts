import { expect, it } from 'vitest'
import { describeOutcome, lastLineOf, shownStatus } from '../../src/ui/outcome.ts'

it.each([
  [{ status: 'completed', exitCode: 0 }, 'completed'],
  [{ status: 'running' }, 'running'],
  [{ status: 'failed', reason: 'incomplete', exitCode: 0 }, 'incomplete'],
  [{ status: 'failed', reason: 'exit', exitCode: 3 }, 'failed: exit code 3'],
  [{ status: 'failed', reason: 'exit' }, 'failed: error'],
  [{ status: 'failed', reason: 'signal', signal: 'SIGKILL' }, 'failed: signal SIGKILL'],
  [{ status: 'failed', reason: 'no-output', exitCode: 0 }, 'failed: no output'],
  [{ status: 'failed', reason: 'spawn' }, 'failed: could not start'],
  [{ status: 'failed', reason: null }, 'failed'],
  [{ status: 'failed', reason: 'a-later-word' }, 'failed: a-later-word'],
  [{ status: 'failed', reason: 'constructor' }, 'failed: constructor'],
  [{ status: 'failed', reason: 'timeout' }, 'failed: timed out'],
  [
    { status: 'failed', reason: 'timeout', signal: 'SIGINT', timeout: 90_000 },
    'failed: timed out after 1m 30s',
  ],
  [{ status: 'interrupted', reason: 'user', signal: 'SIGINT' }, 'interrupted: stopped by you'],
] as const)('%j is described as "%s"', (outcome, words) => {
  expect(describeOutcome(outcome)).toBe(words)
})

it('a thread that failed because tasks are open is shown as incomplete', () => {
  expect(shownStatus({ status: 'failed', reason: 'incomplete' })).toBe('incomplete')
  expect(shownStatus({ status: 'failed', reason: 'exit' })).toBe('failed')
})

it.each([
  ['Sentence.\ncat: LICENSE: No such file\n', 'cat: LICENSE: No such file'],
  ['\u001B[31mred\u001B[0m', 'red'],
  ['', undefined],
  ['\n', undefined],
  [undefined, undefined],
])('the last line of the detail %j is %j', (detail, line) => {
  expect(lastLineOf(detail)).toBe(line)
})
