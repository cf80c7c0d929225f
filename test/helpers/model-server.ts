import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text as textOfStream } from 'node:stream/consumers'
import { z } from 'zod'
import { until } from './until.ts'

/** What the model does with a request; made by `say`, `callTool` and their like below. */
export type Answer =
  | { kind: 'text'; text: string; finish: 'stop' | 'length' | 'content_filter' }
  | { kind: 'tool'; tool: string; args: Record<string, unknown>; text: string }
  | { kind: 'failure'; status: number; message: string; headers: Record<string, string> }
  | { kind: 'hang'; text: string }
  | { kind: 'drop'; text: string }

/** Decides about each request; may wait first. */
export type Script = (request: ModelRequest) => Answer | Promise<Answer>

/** A request for a completion, as opencode sent it. */
export interface ModelRequest {
  model: string
  messages: ModelMessage[]
  /** The names of the tools that the model may call. */
  tools: string[]
  /** The reasoning effort, where it is set. */
  effort: string | undefined
  /** The last thing that the user said. */
  prompt: string
  /** Whether the connection has been closed, by whom ever. */
  readonly closed: boolean
}

/** A message of the conversation, with its content as one text. */
interface ModelMessage {
  role: string
  text: string
  /** The names of the tools that the model called with it. */
  calls: string[]
}

/** A model on 127.0.0.1 that speaks as OpenAI does and does what its script says. */
export interface ModelServer {
  /** `http://127.0.0.1:<port>`; also a proxy that lets nobody through. */
  origin: string
  /** The base of the API, for the options of a provider. */
  url: string
  /** All requests, oldest first. */
  requests: readonly ModelRequest[]
  /** What was asked for but a completion: addresses of other hosts, when the server is set as the proxy. */
  strangers: readonly string[]
  /** The first request, also of those that came before, that `is` holds for. Fails after 10 seconds. */
  waitForRequest: (is: (request: ModelRequest) => boolean) => Promise<ModelRequest>
  /** Puts another script in place of the present one. */
  follow: (script: Script) => void
  /** Ends at once, and cuts off open requests. */
  close: () => void
}

/** The tokens that each completion is said to have used. */
const usagePerAnswer = { input: 100, output: 20 } as const

/** Answers with this text and is done. */
export function say(text: string): Answer {
  return { kind: 'text', text, finish: 'stop' }
}

/** Answers with nothing at all, and calls that done. */
export function empty(): Answer {
  return say('')
}

/** Answers with this text and stops since it has become too long. */
export function cutOff(text: string): Answer {
  return { kind: 'text', text, finish: 'length' }
}

/** Answers with this text until the filter of the provider takes offence. */
export function filtered(text: string): Answer {
  return { kind: 'text', text, finish: 'content_filter' }
}

/** Calls a tool, after this text. */
export function callTool(tool: string, args: Record<string, unknown>, text = ''): Answer {
  return { kind: 'tool', tool, args, text }
}

/** Runs a command by the tool `bash`. */
export function runShell(command: string): Answer {
  return callTool('bash', { command, description: 'Runs a command' })
}

/** Fails with an HTTP status; `headers` in lower case, as `retry-after`. */
export function fail(status: number, message: string, headers: Record<string, string> = {}): Answer {
  return { kind: 'failure', status, message, headers }
}

/** Never ends its answer; without a text it never even begins one. */
export function hang(text = ''): Answer {
  return { kind: 'hang', text }
}

/** Closes the connection; without a text before it has answered. */
export function drop(text = ''): Answer {
  return { kind: 'drop', text }
}

/**
 * Each conversation by its own list of answers: the list whose key some user message holds, one answer for each request,
 * and the last one for ever.
 */
export function byMarker(lists: Record<string, readonly Answer[]>): Script {
  const given = new Map<string, number>()
  return ({ messages }) => {
    const said = messages.flatMap(({ role, text }) => (role === 'user' ? [text] : [])).join('\n')
    const marker = Object.keys(lists).find((key) => said.includes(key))
    if (marker === undefined) return fail(400, `No answers for: ${said.slice(0, 200)}`)
    const count = given.get(marker) ?? 0
    given.set(marker, count + 1)
    return lists[marker]?.[count] ?? lists[marker]?.at(-1) ?? fail(400, `No answers under ${marker}`)
  }
}

/** Starts a model that does what `script` says. */
export async function startModelServer(script: Script): Promise<ModelServer> {
  const requests: ModelRequest[] = []
  const strangers: string[] = []
  let current = script
  const server = createServer((request, response) => {
    if (request.url !== '/v1/chat/completions') {
      strangers.push(`${request.method} ${request.url}`)
      response.writeHead(502).end()
      return
    }
    answer(request, response).catch((error: unknown) => failLoudly(response, error))
  })
  server.on('connect', ({ url }, socket) => {
    strangers.push(`CONNECT ${url}`)
    socket.destroy()
  })

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = readRequest(await textOfStream(incoming), response)
    requests.push(request)
    const chosen = await current(request)
    if (!request.closed) give(chosen, request.model, response)
  }

  const port = await new Promise<number>((resolve, reject) => {
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (typeof address === 'object' && address !== null) resolve(address.port)
    })
  })
  const origin = `http://127.0.0.1:${port}`
  return {
    origin,
    url: `${origin}/v1`,
    requests,
    strangers,
    waitForRequest: (is) => waitFor(requests, is),
    follow: (next) => (current = next),
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function waitFor(
  requests: readonly ModelRequest[],
  is: (request: ModelRequest) => boolean,
): Promise<ModelRequest> {
  const prompts = () => JSON.stringify(requests.map(({ prompt }) => prompt.slice(0, 100)))
  return await until(
    () => requests.find(is),
    () => `a request with ${String(is)}; came: ${prompts()}`,
  )
}

const Content = z
  .union([z.string(), z.array(z.object({ text: z.string().default('') })), z.null()])
  .default('')
const Completion = z.object({
  model: z.string(),
  reasoning_effort: z.string().optional(),
  messages: z.array(
    z.object({
      role: z.string(),
      content: Content,
      tool_calls: z.array(z.object({ function: z.object({ name: z.string() }) })).default([]),
    }),
  ),
  tools: z.array(z.object({ function: z.object({ name: z.string() }) })).default([]),
})

function readRequest(body: string, response: ServerResponse): ModelRequest {
  const { model, messages, tools, reasoning_effort: effort } = Completion.parse(JSON.parse(body))
  const told = messages.map(({ role, content, tool_calls }) => ({
    role,
    text: textOf(content),
    calls: namesOf(tool_calls),
  }))
  return {
    model,
    messages: told,
    tools: namesOf(tools),
    effort,
    prompt: told.findLast(({ role }) => role === 'user')?.text ?? '',
    get closed() {
      return response.closed
    },
  }
}

function textOf(content: z.infer<typeof Content>): string {
  return Array.isArray(content) ? content.map(({ text }) => text).join('\n') : (content ?? '')
}

function namesOf(tools: readonly { function: { name: string } }[]): string[] {
  return tools.map((tool) => tool.function.name)
}

function give(answer: Answer, model: string, response: ServerResponse): void {
  switch (answer.kind) {
    case 'failure': {
      const { status, message, headers } = answer
      response.writeHead(status, { ...headers, 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: { message, type: 'scripted' } }))
      return
    }
    case 'hang':
      if (answer.text !== '') stream(response, model, [{ content: answer.text }])
      return
    case 'drop':
      if (answer.text === '') response.destroy()
      // What was written has to be sent before.
      else stream(response, model, [{ content: answer.text }], () => response.destroy())
      return
    case 'text':
      stream(response, model, partsOf(answer.text))
      finish(response, model, answer.finish)
      return
    case 'tool':
      stream(response, model, [...partsOf(answer.text), toolCall(answer.tool, answer.args)])
      finish(response, model, 'tool_calls')
  }
}

/** The deltas of a text: word by word, as models write. */
function partsOf(text: string): { content: string }[] {
  return (text.match(/\S*\s*/g) ?? []).filter((word) => word !== '').map((content) => ({ content }))
}

let calls = 0

function toolCall(name: string, args: Record<string, unknown>) {
  calls += 1
  const call = { name, arguments: JSON.stringify(args) }
  return { tool_calls: [{ index: 0, id: `call_${calls}`, type: 'function', function: call }] }
}

function stream(response: ServerResponse, model: string, deltas: readonly object[], sent?: () => void): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const chunks = deltas.map((delta) =>
    chunk(model, { choices: [{ index: 0, delta: { role: 'assistant', ...delta } }] }),
  )
  response.write(chunks.join('') || ': nothing\n\n', sent)
}

function finish(response: ServerResponse, model: string, reason: string): void {
  const { input, output } = usagePerAnswer
  const usage = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output }
  response.write(chunk(model, { choices: [{ index: 0, delta: {}, finish_reason: reason }] }))
  response.end(`${chunk(model, { choices: [], usage })}data: [DONE]\n\n`)
}

function chunk(model: string, fields: object): string {
  const head = { id: 'chunk', object: 'chat.completion.chunk', created: 1, model }
  return `data: ${JSON.stringify({ ...head, ...fields })}\n\n`
}

/** A script that throws, or a request that can't be read: opencode must not try again. */
function failLoudly(response: ServerResponse, error: unknown): void {
  response.writeHead(400, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ error: { message: `The model server failed: ${String(error)}` } }))
}
