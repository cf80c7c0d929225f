import { z } from 'zod'
import { newAnswerId, usagePerAnswer, type Protocol } from './protocol.ts'

const Block = z.looseObject({ type: z.string(), text: z.string().default(''), name: z.string().default('') })
const Body = z.object({
  model: z.string(),
  messages: z.array(z.object({ role: z.string(), content: z.union([z.string(), z.array(Block)]) })),
  tools: z.array(z.object({ name: z.string() })).default([]),
})

const { input, cached, output } = usagePerAnswer
const usage = { input_tokens: input - cached, cache_read_input_tokens: cached, output_tokens: 1 }
const stops = { stop: 'end_turn', length: 'max_tokens', content_filter: 'refusal' } as const
const errorTypes: Record<number, string> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
}

/** The Messages API of Anthropic. */
export const anthropic: Protocol = {
  isAnswer: (path) => path === '/v1/messages',
  read(body) {
    const { model, messages, tools } = Body.parse(body)
    return {
      model,
      messages: messages.flatMap(({ role, content }) =>
        typeof content === 'string' ? { role, text: content, calls: [] } : readBlocks(role, content),
      ),
      tools: tools.map(({ name }) => name),
      effort: undefined,
    }
  },
  begin: (model, text) => [messageStart(model), ...textEvents(text).slice(0, -1)],
  whole(model, answer) {
    const text = answer.text === '' ? [] : textEvents(answer.text)
    const call = answer.kind === 'tool' ? callEvents(text.length === 0 ? 0 : 1, answer.tool, answer.args) : []
    const stop_reason = answer.kind === 'tool' ? 'tool_use' : stops[answer.finish]
    return [
      messageStart(model),
      ...text,
      ...call,
      {
        type: 'message_delta',
        delta: { stop_reason, stop_sequence: null },
        usage: { output_tokens: output },
      },
      { type: 'message_stop' },
    ]
  },
  failure: (status, message) => ({
    type: 'error',
    error: { type: errorTypes[status] ?? 'api_error', message },
  }),
}

/** The results of tools in a message, and its text. */
function readBlocks(role: string, blocks: z.infer<typeof Block>[]) {
  const ofType = (type: string) => blocks.filter((block) => block.type === type)
  const text = ofType('text')
    .map((block) => block.text)
    .join('\n')
  const calls = ofType('tool_use').map(({ name }) => name)
  return [
    ...ofType('tool_result').map((block) => ({ role: 'tool', text: JSON.stringify(block), calls: [] })),
    ...(text === '' && calls.length === 0 ? [] : [{ role, text, calls }]),
  ]
}

function messageStart(model: string): object {
  const head = { id: newAnswerId('msg'), type: 'message', role: 'assistant', model, content: [] }
  return { type: 'message_start', message: { ...head, stop_reason: null, stop_sequence: null, usage } }
}

function textEvents(text: string): object[] {
  return [
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } },
    { type: 'content_block_stop', index: 0 },
  ]
}

function callEvents(index: number, tool: string, args: object): object[] {
  const name = tool === 'bash' ? 'Bash' : tool
  const content_block = { type: 'tool_use', id: newAnswerId('toolu'), name, input: {} }
  const delta = { type: 'input_json_delta', partial_json: JSON.stringify(args) }
  return [
    { type: 'content_block_start', index, content_block },
    { type: 'content_block_delta', index, delta },
    { type: 'content_block_stop', index },
  ]
}
