import { describe, expect, it } from 'vitest'
import type { Fact } from '../../../src/runners/agent-cli/facts.ts'
import { gemini } from '../../../src/runners/agent-cli/gemini.ts'
import { evidenceFrom, factsIn, type RecordedRun } from './recorded-lines.ts'

const init = { type: 'init', session_id: 'session-1', model: 'gemini-2.5-pro' }
const prompt = { type: 'message', role: 'user', content: 'Do it.' }
const stats = { total_tokens: 150, input_tokens: 120, output_tokens: 30 }
const success = { type: 'result', status: 'success', stats }

function piece(content: string): object {
  return { type: 'message', role: 'assistant', content, delta: true }
}

/** A result with an error, in the words of the program. */
function failed(message: string): object {
  return { type: 'result', status: 'error', error: { type: 'unknown', message }, stats }
}

/** What it writes about the body of a refused request. */
function inBody(code: number, message: string): string {
  return `[API Error: ${JSON.stringify({ error: { code, message, status: 'X' } })}]`
}

/** What it adds to a refusal with status 429, whose body it does not show. */
const wait =
  'Please wait and try again later. To increase your limits, request a quota increase through AI Studio'

describe('a line of gemini', () => {
  it.each<[title: string, event: object, facts: Fact[]]>([
    ['that begins it', init, [{ is: 'begun', sessionId: 'session-1' }]],
    ['with its prompt', prompt, []],
    ['with a piece of a text', piece('Do'), [{ is: 'text', text: 'Do', isPiece: true }]],
    [
      'with a tool',
      { type: 'tool_use', tool_name: 'run_shell_command', parameters: { command: 'npm test' } },
      [{ is: 'tool', line: 'run_shell_command: npm test' }],
    ],
    [
      'with the end of a tool',
      { type: 'tool_result', tool_id: '1', status: 'success', output: 'ok' },
      [{ is: 'tool-ended', how: 'done', text: '' }],
    ],
    [
      'with the failure of a tool',
      { type: 'tool_result', tool_id: '1', status: 'error', error: { type: 'x', message: 'not found' } },
      [{ is: 'tool-ended', how: 'failed', text: 'not found' }],
    ],
    [
      'with a problem',
      { type: 'error', severity: 'warning', message: 'Loop detected.' },
      [{ is: 'problem', text: 'Loop detected.' }],
    ],
    [
      'that ends it',
      success,
      [
        { is: 'usage', of: 'run', usage: { inputTokens: 120, outputTokens: 30 } },
        { is: 'end', end: { type: 'done' } },
      ],
    ],
  ])('%s is read', (_, event, facts) => {
    expect(factsIn(gemini, event)).toEqual(facts)
  })
})

const notes = `YOLO mode is enabled. All tool calls will be automatically approved.
Ripgrep is not available. Falling back to GrepTool.`

describe('the evidence of a run of gemini', () => {
  it.each<[title: string, run: RecordedRun, evidence: object]>([
    [
      'in pieces of text',
      { events: [init, prompt, piece('All '), piece('done.'), success] },
      {
        type: 'turn-ended',
        hasOutput: true,
        detail: 'All done.',
        usage: { inputTokens: 120, outputTokens: 30 },
      },
    ],
    [
      'that made too many requests, by its exit code',
      { events: [init, prompt, failed(`[API Error: too many requests]\n${wait}`)], exit: { code: 173 } },
      { type: 'rate-limited', detail: 'too many requests' },
    ],
    [
      'whose provider failed',
      { events: [init, prompt, failed(inBody(500, 'internal'))], exit: { code: 244 } },
      { type: 'refused', status: 500, detail: 'internal' },
    ],
    [
      'whose provider is not reached by its proxy',
      { events: [init, prompt, failed(inBody(502, '<html>Bad gateway</html>'))], exit: { code: 246 } },
      { type: 'refused', status: 502, detail: '<html>Bad gateway</html>' },
    ],
    [
      'that was forbidden, by its exit code',
      { events: [init, prompt, failed('[API Error: forbidden]')], exit: { code: 147 } },
      { type: 'refused', status: 403, detail: 'forbidden' },
    ],
    [
      'whose model is unknown, by its words',
      { events: [init, prompt, failed('[API Error: model: x]')], exit: { code: 1 } },
      { type: 'refused', status: undefined, detail: 'model: x (no cause given: judged by these words)' },
    ],
    [
      'with an empty answer',
      {
        events: [
          init,
          prompt,
          { type: 'error', severity: 'error', message: 'The model returned an empty response with no text.' },
          { type: 'result', status: 'error', stats },
        ],
      },
      { type: 'turn-ended', hasOutput: false },
    ],
    [
      'whose error has no message',
      { events: [init, prompt, { type: 'result', status: 'error', stats }], exit: { code: 1 } },
      { type: 'refused', detail: expect.stringContaining('does not name') },
    ],
    [
      'that got a signal, for which it exits with 0',
      { events: [init, prompt] },
      { type: 'broken-off', code: 0 },
    ],
    [
      'in a folder that is not trusted',
      {
        events: [],
        stderr: `${notes}\nGemini CLI is not running in a trusted directory.`,
        exit: { code: 55 },
      },
      { type: 'refused', detail: 'Gemini CLI is not running in a trusted directory.' },
    ],
    [
      'of a session that it does not have',
      {
        events: [],
        stderr: 'Error resuming session: No previous sessions found for this project.',
        exit: { code: 42 },
      },
      { type: 'session-missing' },
    ],
    [
      'of a session id that is taken',
      { events: [], stderr: 'Session ID "session-1" already exists.', exit: { code: 42 } },
      { type: 'refused' },
    ],
    [
      'whose turns are used up',
      { events: [init], stderr: 'Reached max session turns.', exit: { code: 53 } },
      { type: 'refused', detail: 'Reached max session turns.' },
    ],
    [
      'that crashed',
      { events: [init], stderr: 'TypeError: x', exit: { code: 1 } },
      { type: 'exited', code: 1 },
    ],
  ])('%s is right', (_, run, evidence) => {
    expect(evidenceFrom(gemini, run)).toMatchObject(evidence)
  })
})
