import { z } from 'zod'
import { newAnswerId, usagePerAnswer, type Protocol } from './protocol.ts'

const Part = z.looseObject({ text: z.string().default('') })
const Item = z.looseObject({
  type: z.string().optional(),
  role: z.string().optional(),
  name: z.string().default(''),
  content: z.union([z.string(), z.array(Part)]).default(''),
})
const Body = z.object({
  model: z.string(),
  input: z.array(Item),
  tools: z.array(z.looseObject({ name: z.string().default('') })).default([]),
  reasoning: z.object({ effort: z.string().optional() }).nullish(),
})

const usage = {
  input_tokens: usagePerAnswer.input,
  input_tokens_details: { cached_tokens: usagePerAnswer.cached },
  output_tokens: usagePerAnswer.output,
  output_tokens_details: { reasoning_tokens: 5 },
  total_tokens: usagePerAnswer.input + usagePerAnswer.output,
}
const errorCodes: Record<number, string> = {
  401: 'invalid_api_key',
  404: 'model_not_found',
  429: 'rate_limit_exceeded',
}

/** The Responses API of OpenAI. */
export const responses: Protocol = {
  isAnswer: (path) => path === '/v1/responses',
  read(body) {
    const { model, input, tools, reasoning } = Body.parse(body)
    return {
      model,
      messages: input.map(readItem),
      tools: tools.map(({ name }) => name),
      effort: reasoning?.effort,
    }
  },
  begin: (model, text) => beginning(model, text).events,
  whole(model, answer) {
    const { id, events, message } = beginning(model, answer.text)
    const isRefused = answer.kind === 'text' && answer.finish === 'content_filter'
    const content = isRefused
      ? [{ type: 'refusal', refusal: answer.text }]
      : [{ type: 'output_text', text: answer.text, annotations: [] }]
    const said = answer.text === '' ? [] : [itemDone({ ...message, status: 'completed', content })]
    const called = answer.kind === 'tool' ? [itemDone(shellCall(answer.args))] : []
    const isCut = answer.kind === 'text' && answer.finish === 'length'
    return [...events, ...said, ...called, isCut ? incomplete(id) : completed(id)]
  },
  failure(status, message) {
    const code = message.includes('context window') ? 'context_length_exceeded' : errorCodes[status]
    return { error: { message, type: 'scripted', code: code ?? null, param: null } }
  },
}

function readItem(item: z.infer<typeof Item>) {
  const { type, role = 'assistant', content, name } = item
  if (type?.endsWith('call_output') === true) return { role: 'tool', text: JSON.stringify(item), calls: [] }
  const text = typeof content === 'string' ? content : content.map((part) => part.text).join('\n')
  return { role, text, calls: type === 'function_call' ? [name] : [] }
}

/** The events of an answer until its text is written, and the parts that its end needs. */
function beginning(model: string, text: string) {
  const id = newAnswerId('resp')
  const message = { type: 'message', id: newAnswerId('msg'), role: 'assistant', content: [] }
  const head = { id, object: 'response', status: 'in_progress', model }
  const place = { item_id: message.id, output_index: 0, content_index: 0 }
  const item = { ...message, status: 'in_progress' }
  const said = [
    { type: 'response.output_item.added', output_index: 0, item },
    { type: 'response.output_text.delta', ...place, delta: text },
  ]
  const events = [{ type: 'response.created', response: head }, ...(text === '' ? [] : said)]
  return { id, message, events }
}

function itemDone(item: object): object {
  return { type: 'response.output_item.done', output_index: 0, item }
}

function shellCall({ command }: Record<string, unknown>): object {
  const id = newAnswerId('call')
  // It hands out a slow command's output after this time, and would ask the model again.
  const args = JSON.stringify({ cmd: command, yield_time_ms: 30_000 })
  return { type: 'function_call', id, call_id: id, name: 'exec_command', arguments: args }
}

function completed(id: string): object {
  return { type: 'response.completed', response: { id, status: 'completed', usage } }
}

function incomplete(id: string): object {
  const incomplete_details = { reason: 'max_output_tokens' }
  return { type: 'response.incomplete', response: { id, status: 'incomplete', incomplete_details, usage } }
}
