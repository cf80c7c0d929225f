import { describe, expect, it } from 'vitest'
import { claude } from '../../../src/runners/agent-cli/claude.ts'
import type { CliStart } from '../../../src/runners/agent-cli/cli.ts'
import type { Fact } from '../../../src/runners/agent-cli/facts.ts'
import { evidenceFrom, factsIn, type RecordedRun } from './recorded-lines.ts'

const init = { type: 'system', subtype: 'init', session_id: 'session-1', model: 'opus' }
const done = { type: 'result', subtype: 'success', is_error: false, stop_reason: 'end_turn', result: 'Done.' }
const failed = { ...done, is_error: true }
/** Its words are about its own state only. */
const aborted = {
  ...failed,
  subtype: 'error_during_execution',
  terminal_reason: 'aborted_tools',
  result: undefined,
  errors: ['[ede_diagnostic] result_type=user stop_reason=tool_use'],
}

function assistant(...content: object[]): object {
  return { type: 'assistant', message: { role: 'assistant', content } }
}

function toolResult(fields: object): object {
  return { type: 'user', message: { role: 'user', content: [{ type: 'tool_result', ...fields }] } }
}

describe('a line of claude', () => {
  it.each<[title: string, event: object, facts: Fact[]]>([
    ['that begins it', init, [{ is: 'begun', sessionId: 'session-1' }]],
    ['of its hooks', { type: 'system', subtype: 'hook_response' }, []],
    ['with a text', assistant({ type: 'text', text: 'Hello.' }), [{ is: 'text', text: 'Hello.' }]],
    [
      'with a tool',
      assistant({ type: 'tool_use', name: 'Bash', input: { command: 'npm test', description: 'Test' } }),
      [{ is: 'tool', line: 'Bash: npm test' }],
    ],
    ['with thoughts', assistant({ type: 'thinking', thinking: 'Hm.' }), []],
    [
      'with the result of a tool',
      toolResult({ content: 'ok', is_error: false }),
      [{ is: 'tool-ended', how: 'done', text: '' }],
    ],
    [
      'with the failure of a tool, in parts',
      toolResult({ content: [{ type: 'text', text: 'Exit code 7' }], is_error: true }),
      [{ is: 'tool-ended', how: 'failed', text: 'Exit code 7' }],
    ],
    ['with a prompt', { type: 'user', message: { role: 'user', content: 'Do it.' } }, []],
    [
      'about a retry',
      {
        type: 'system',
        subtype: 'api_retry',
        attempt: 3,
        max_retries: 10,
        retry_delay_ms: 20_400,
        error_status: 500,
        error: 'server_error',
      },
      [{ is: 'retry', text: 'retrying 3/10: 500 server_error, next in 20s' }],
    ],
    [
      'about a retry after a lost connection',
      {
        type: 'system',
        subtype: 'api_retry',
        attempt: 1,
        max_retries: 4,
        error_status: null,
        error: 'unknown',
      },
      [{ is: 'retry', text: 'retrying 1/4: unknown' }],
    ],
    [
      'about a limit that is reached',
      { type: 'rate_limit_event', rate_limit_info: { status: 'rejected', resetsAt: 1_796_000_000 } },
      [{ is: 'limit', until: '2026-11-30T00:53:20.000Z' }],
    ],
    [
      'about a limit that is near',
      { type: 'rate_limit_event', rate_limit_info: { status: 'allowed_warning', resetsAt: 1_796_000_000 } },
      [],
    ],
    [
      'with an error of the provider, which the result repeats',
      { ...assistant({ type: 'text', text: 'API Error: 500' }), error: 'server_error' },
      [],
    ],
    [
      'that ends it',
      {
        ...done,
        usage: {
          input_tokens: 80,
          cache_read_input_tokens: 20,
          cache_creation_input_tokens: 5,
          output_tokens: 30,
        },
        total_cost_usd: 0.5,
      },
      [
        { is: 'usage', of: 'run', usage: { inputTokens: 105, outputTokens: 30 } },
        { is: 'usage', of: 'session', usage: { cost: 0.5 } },
        { is: 'end', end: { type: 'done', denied: false } },
      ],
    ],
  ])('%s is read', (_, event, facts) => {
    expect(factsIn(claude, event)).toEqual(facts)
  })
})

describe('the evidence of a run of claude', () => {
  const said = assistant({ type: 'text', text: 'Done.' })

  it.each<[title: string, run: RecordedRun, evidence: object]>([
    [
      'that ended well',
      { events: [init, said, done] },
      { type: 'turn-ended', hasOutput: true, detail: 'Done.' },
    ],
    [
      'that ended well and whose process then failed',
      { events: [init, said, done], exit: { code: 1 } },
      { type: 'turn-ended' },
    ],
    [
      'that was denied a tool',
      { events: [init, said, { ...done, permission_denials: [{ tool_name: 'Bash' }] }] },
      { type: 'denied' },
    ],
    [
      'that the provider refused, although it calls that a success',
      { events: [init, { ...failed, api_error_status: 403, result: 'No.' }], exit: { code: 1 } },
      { type: 'refused', status: 403, detail: 'No.' },
    ],
    [
      'whose turns are used up',
      { events: [init, { ...failed, subtype: 'error_max_turns', result: undefined }], exit: { code: 1 } },
      { type: 'cut-off', why: 'other', detail: 'error_max_turns' },
    ],
    [
      'that was ended in a tool',
      { events: [init, said, aborted] },
      { type: 'broken-off', code: null, detail: 'Done.' },
    ],
    [
      'that was ended before it said anything',
      { events: [init, aborted] },
      { type: 'broken-off', code: null, detail: '' },
    ],
    ['that exited with 0 and without an end', { events: [init, said] }, { type: 'broken-off', code: 0 }],
    [
      'of a session that is in use',
      { events: [], stderr: 'Error: Session ID session-1 is already in use.', exit: { code: 1 } },
      { type: 'refused', detail: expect.stringContaining('already in use') },
    ],
    [
      'of a session that it does not have',
      {
        events: [{ ...failed, errors: ['No conversation found with session ID: session-1'] }],
        exit: { code: 1 },
      },
      { type: 'session-missing' },
    ],
  ])('%s is right', (_, run, evidence) => {
    expect(evidenceFrom(claude, run)).toMatchObject(evidence)
  })
})

it('gives claude the variant of a model as its effort', () => {
  const start: CliStart = {
    sessionId: 'session-1',
    isKnown: false,
    begunAt: '',
    model: 'opus',
    variant: 'high',
    options: { permissions: 'edit', args: [] },
    records: [],
    writes: undefined,
    base: '/log',
    env: {},
    cwd: '/',
  }
  expect(claude.argumentsOf(start).join(' ')).toContain('--model opus --effort high')
  expect(claude.argumentsOf({ ...start, variant: undefined })).not.toContain('--effort')
})
