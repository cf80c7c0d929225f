import { expect, it } from 'vitest'
import { describeEnd, lastLineOf, describeExit, describeOutcome, shownStatus } from '../../src/ui/outcome.ts'

it.each([
  [{ status: 'completed', exitCode: 0 }, 'completed', 'completed'],
  [{ status: 'running' }, 'running', 'running'],
  [{ status: 'failed', reason: 'incomplete', exitCode: 0 }, 'incomplete', 'incomplete'],
  [{ status: 'failed', reason: 'exit', exitCode: 3 }, 'failed: exit', 'failed: exit code 3'],
  [{ status: 'failed', reason: 'signal', signal: 'SIGKILL' }, 'failed: signal', 'failed: signal SIGKILL'],
  [
    { status: 'failed', reason: 'no-output', exitCode: 0 },
    'failed: no-output',
    'failed: no-output (exit code 0)',
  ],
  [{ status: 'failed', reason: null }, 'failed', 'failed'],
  [{ status: 'failed', reason: 'a-later-word' }, 'failed: a-later-word', 'failed: a-later-word'],
  [{ status: 'interrupted', reason: 'user' }, 'interrupted: user', 'interrupted: user'],
] as const)('%j is described as "%s" and its end as "%s"', (outcome, short, long) => {
  expect(describeOutcome(outcome)).toBe(short)
  expect(describeEnd(outcome)).toBe(long)
})

it('a thread that failed because tasks are open is shown as incomplete', () => {
  expect(shownStatus({ status: 'failed', reason: 'incomplete' })).toBe('incomplete')
  expect(shownStatus({ status: 'failed', reason: 'exit' })).toBe('failed')
})

it('an exit that is not known has no words', () => {
  expect(describeExit({})).toBe('')
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
