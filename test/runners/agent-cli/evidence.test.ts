import { describe, expect, it } from 'vitest'
import { claude } from '../../../src/runners/agent-cli/claude.ts'
import { evidenceOf, type EndedRun } from '../../../src/runners/agent-cli/evidence.ts'
import { newReading, type Reading } from '../../../src/runners/agent-cli/facts.ts'

const at = '2026-11-27T08:00:00.000Z'

/** A run that exited with 0, without an end in its events. */
function run(reading: Partial<Reading>, fields: Partial<EndedRun> = {}): EndedRun {
  return {
    exit: { type: 'exited', code: 0, signal: null, at, detail: '', hasOutput: true },
    reading: { ...newReading(), ...reading },
    stderr: '',
    sessionId: 'session-1',
    home: { env: {}, cwd: '/' },
    usedBefore: undefined,
    ...fields,
  }
}

const gone: EndedRun['exit'] = { type: 'gone', at, detail: '{"type":"result"}' }
const failed: EndedRun['exit'] = { type: 'exited', code: 1, signal: null, at, detail: '', hasOutput: true }
const timedOut: EndedRun['exit'] = {
  type: 'exited',
  code: 143,
  signal: null,
  at,
  detail: '',
  hasOutput: true,
  endedFor: 'timeout',
}
const done: Partial<Reading> = { end: { type: 'done' }, text: 'Done.', hasOutput: true }

describe('the evidence of a run', () => {
  it.each<[title: string, run: EndedRun, evidence: object]>([
    [
      'that could not be started is that of its recorder',
      run(done, { exit: { type: 'not-started', code: 'ENOENT', message: 'no', at, detail: '' } }),
      { type: 'not-started', code: 'ENOENT' },
    ],
    [
      'without a recorded exit is the end in its events',
      run(done, { exit: gone }),
      { type: 'turn-ended', detail: 'Done.' },
    ],
    [
      'without a recorded exit and without an end shows no events as its output',
      run({ text: 'Half an' }, { exit: gone }),
      { type: 'gone', detail: 'Half an' },
    ],
    [
      'that had said how it ended is that, whoever ended its process',
      run(done, { exit: timedOut }),
      { type: 'turn-ended', endedFor: undefined },
    ],
    [
      'that was aborted by its timekeeper says so',
      run({ end: { type: 'aborted' } }, { exit: timedOut }),
      { type: 'broken-off', endedFor: 'timeout' },
    ],
    [
      'of another conversation has usage of its own',
      run(
        { ...done, sessionId: 'session-2', ofSession: { inputTokens: 5 } },
        { usedBefore: { inputTokens: 100 } },
      ),
      { usage: { inputTokens: 5 }, runnerSessionId: 'session-2' },
    ],
    [
      'shows its error output before its last text',
      run({ text: 'Half an' }, { exit: failed, stderr: 'It crashed.' }),
      { type: 'exited', detail: 'It crashed.' },
    ],
    [
      'that was ended in the middle shows its last text before notes in its error output',
      run({ text: 'Half an' }, { stderr: 'Ripgrep is not available.' }),
      { type: 'broken-off', detail: 'Half an' },
    ],
    [
      'shows its last problem before its last text',
      run({ text: 'Half an', problem: 'A warning.' }),
      { type: 'broken-off', detail: 'A warning.' },
    ],
    [
      'shows lines that are no events if there is nothing else',
      run({ plain: 'Segmentation fault' }, { exit: failed }),
      { type: 'exited', code: 1, detail: 'Segmentation fault' },
    ],
    [
      'shows its last text before lines that are no events',
      run({ text: 'Half an', plain: 'Starting' }),
      { type: 'broken-off', detail: 'Half an' },
    ],
    [
      'shows the end of a long answer',
      run({ ...done, text: ['1', '2', '3', '4', '5', '6', '7'].join('\n') }),
      { detail: '2\n3\n4\n5\n6\n7' },
    ],
    [
      'has the time that a limit event named',
      run({ end: { type: 'rate-limited', message: 'No more.' }, limit: at }),
      { type: 'rate-limited', retryAt: at },
    ],
    [
      'counts what it used itself, from a total of its session',
      run(
        { ...done, ofSession: { inputTokens: 300, outputTokens: 50, cost: 0.5 } },
        { usedBefore: { inputTokens: 100, outputTokens: 60 } },
      ),
      { usage: { inputTokens: 200, outputTokens: 0, cost: 0.5 } },
    ],
    [
      'counts what it used itself, where its program does',
      run(
        { ...done, ofRun: { inputTokens: 100 }, ofSession: { cost: 0.5 } },
        { usedBefore: { inputTokens: 70, cost: 0.2 } },
      ),
      { usage: { inputTokens: 100, cost: 0.3 } },
    ],
  ])('%s', (_, one, evidence) => {
    expect(evidenceOf(claude, one)).toMatchObject(evidence)
  })
})
