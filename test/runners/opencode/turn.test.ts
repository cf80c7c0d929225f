import type { AssistantMessage, Part, UserMessage } from '@opencode-ai/sdk/v2/types'
import { expect, test } from 'vitest'
import type { MessageEntry } from '../../../src/runners/opencode/client.ts'
import { readTurn } from '../../../src/runners/opencode/turn.ts'

const place = { id: 'prt_1', sessionID: 'ses_1', messageID: 'msg_2' }
const tools = { input: { filePath: '/etc/hostname' }, time: { start: 1, end: 2 } }
const refused = { status: 'error' as const, error: 'The user rejected it.', ...tools }
const ran = { status: 'completed' as const, output: 'ok', title: 'ok', metadata: {}, ...tools }

test.each<[name: string, entries: MessageEntry[], turn: object]>([
  ['nothing', [], { type: 'unknown' }],
  ['only another prompt', [prompt('msg_0'), answer({ finish: 'stop' })], { type: 'unknown' }],
  ['no answer', [prompt()], { type: 'unanswered' }],
  [
    'no answer to this prompt, but to the one before',
    [prompt('msg_0'), answer({ finish: 'stop' }), prompt()],
    { type: 'unanswered' },
  ],
  ['an answer that is being written', [prompt(), answer({}, null)], { type: 'open' }],
  [
    'an answer',
    [prompt(), answer({ finish: 'stop' }, 7000, [text('All\ndone. ')])],
    {
      type: 'over',
      finish: 'stop',
      error: undefined,
      text: 'All\ndone.',
      hasOutput: true,
      at: '1970-01-01T00:00:07.000Z',
    },
  ],
  [
    'an empty answer',
    [prompt(), answer({ finish: 'stop' }, 7000, [text(' \n')])],
    { type: 'over', finish: 'stop', text: '', hasOutput: false },
  ],
  [
    'a tool and an empty answer',
    [prompt(), answer({ finish: 'tool-calls' }, 6000, [tool(ran)]), answer({ finish: 'stop' })],
    { type: 'over', finish: 'stop', text: '', hasOutput: true },
  ],
  [
    'a refused tool',
    [prompt(), answer({ finish: 'tool-calls' }, 6000, [text('Let me see.'), tool(refused)])],
    {
      type: 'over',
      finish: 'tool-calls',
      text: 'Let me see.\nread /etc/hostname: The user rejected it.',
    },
  ],
  [
    'an answer that was aborted while it was asked for again',
    [prompt(), answer({})],
    { finish: '', error: undefined },
  ],
  [
    'an error',
    [prompt(), answer({ error: { name: 'UnknownError', data: { message: 'Oh.' } } }, null)],
    { type: 'over', finish: '', error: { name: 'UnknownError', message: 'Oh.' } },
  ],
  [
    'an answer that was cut short, taken up by the same prompt',
    [prompt(), answer({}, null), answer({ finish: 'stop' })],
    { type: 'over', finish: 'stop' },
  ],
])('a turn with %s', (_, entries, turn) => {
  expect(readTurn(entries, 'msg_1')).toMatchObject(turn)
})

test('what a turn used is the sum of its answers, and of no other turn', () => {
  const entries = [
    prompt('msg_0'),
    answer({ finish: 'stop' }),
    prompt(),
    answer({ finish: 'tool-calls' }, 1, [tool(ran)]),
    answer({ finish: 'stop' }),
  ]
  expect(readTurn(entries, 'msg_1')).toMatchObject({
    usage: { inputTokens: 2 * (10 + 3 + 2), outputTokens: 2 * (5 + 1), cost: 0.5 },
  })
})

function prompt(id = 'msg_1'): MessageEntry {
  const info: UserMessage = {
    id,
    sessionID: 'ses_1',
    role: 'user',
    time: { created: 1 },
    agent: 'build',
    model: { providerID: 'local', modelID: 'm1' },
  }
  return { info, parts: [text('Do it.')] }
}

function answer(
  fields: Partial<AssistantMessage>,
  completed: number | null = 2000,
  parts: Part[] = [],
): MessageEntry {
  const info: AssistantMessage = {
    id: 'msg_2',
    sessionID: 'ses_1',
    role: 'assistant',
    time: completed === null ? { created: 1 } : { created: 1, completed },
    parentID: 'msg_1',
    modelID: 'm1',
    providerID: 'local',
    mode: 'build',
    agent: 'build',
    path: { cwd: '/repo', root: '/repo' },
    cost: 0.25,
    tokens: { input: 10, output: 5, reasoning: 1, cache: { read: 3, write: 2 } },
    ...fields,
  }
  return { info, parts }
}

function text(words: string): Part {
  return { ...place, type: 'text', text: words }
}

function tool(state: typeof refused | typeof ran): Part {
  return { ...place, type: 'tool', callID: 'call_1', tool: 'read', state }
}
