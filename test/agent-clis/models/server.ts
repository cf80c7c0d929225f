import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text as textOfStream } from 'node:stream/consumers'
import { afterAll, beforeAll, expect } from 'vitest'
import { fail, type Answer, type ModelRequest, type Script } from '../../helpers/model-server.ts'
import { until } from '../../helpers/until.ts'
import { anthropic } from './anthropic.ts'
import { gemini } from './gemini.ts'
import type { Protocol } from './protocol.ts'
import { responses } from './responses.ts'

/** A model with an address of its own, which does what its script says. */
export interface ScriptedModel {
  /** The base of its API, in each of the protocols. */
  url: string
  /** The requests for an answer, oldest first. */
  requests: readonly ModelRequest[]
  /** Waits until it was asked so many times. */
  asked: (times: number) => Promise<unknown>
}

/** Models of three providers on one port of 127.0.0.1. */
export interface ModelServer {
  /** `http://127.0.0.1:<port>`; also a proxy that lets nobody through. */
  origin: string
  add: (script: Script) => ScriptedModel
}

/** Call once in a test file: a server for all its tests, of which nothing else may be asked. */
export function useModels(): ModelServer {
  const models = new Map<string, { script: Script; requests: ModelRequest[] }>()
  const strangers: string[] = []
  let origin = ''
  const server = createServer((incoming, response) => {
    const { pathname } = new URL(incoming.url ?? '/', 'http://model')
    const [, id = '', path = ''] = /^\/(\d+)(\/.*)$/.exec(pathname) ?? []
    const model = models.get(id)
    const protocol = [anthropic, responses, gemini].find(({ isAnswer }) => isAnswer(path))
    if (model === undefined || protocol === undefined || incoming.method !== 'POST') {
      strangers.push(`${incoming.method} ${incoming.url}`)
      response.writeHead(404).end()
      return
    }
    answerTo(incoming, path, { ...model, protocol }, response).catch((error: unknown) => {
      strangers.push(`${path}: ${String(error)}`)
      // A request that can't be read must not be repeated.
      give(fail(400, String(error)), '', protocol, response)
    })
  })
  server.on('connect', ({ url = '' }, socket, head: Buffer) => {
    if (origin.endsWith(`//${url}`)) {
      // gemini takes the proxy also for the address that needs none.
      socket.write('HTTP/1.1 200 Connected\r\n\r\n')
      socket.unshift(head)
      server.emit('connection', socket)
      return
    }
    strangers.push(`CONNECT ${url}`)
    socket.destroy()
  })

  beforeAll(async () => {
    origin = await listen(server)
  })
  afterAll(() => {
    server.close()
    server.closeAllConnections()
    expect(strangers, 'requests that are none for an answer').toEqual([])
  })

  return {
    get origin() {
      return origin
    },
    add(script) {
      const id = String(models.size + 1)
      const requests: ModelRequest[] = []
      models.set(id, { script, requests })
      return {
        url: `${origin}/${id}`,
        requests,
        asked: (times) => until(() => requests.length >= times, `request ${times} of model ${id}`),
      }
    },
  }
}

/** One answer for each request, and the last one for all that follow. */
export function inOrder(...answers: readonly Answer[]): Script {
  let given = 0
  return () => {
    given += 1
    return answers[given - 1] ?? answers.at(-1) ?? fail(400, 'no answer is scripted')
  }
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject).listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('The server has no port.')
  return `http://127.0.0.1:${address.port}`
}

async function answerTo(
  incoming: IncomingMessage,
  path: string,
  { script, requests, protocol }: { script: Script; requests: ModelRequest[]; protocol: Protocol },
  response: ServerResponse,
): Promise<void> {
  const read = protocol.read(JSON.parse(await textOfStream(incoming)), path)
  const request: ModelRequest = {
    ...read,
    prompt: read.messages.findLast(({ role }) => role === 'user')?.text ?? '',
    get closed() {
      return response.closed
    },
  }
  requests.push(request)
  const answer = await script(request)
  if (!request.closed) give(answer, request.model, protocol, response)
}

function give(answer: Answer, model: string, protocol: Protocol, response: ServerResponse): void {
  switch (answer.kind) {
    case 'failure':
      response.writeHead(answer.status, { ...answer.headers, 'content-type': 'application/json' })
      response.end(JSON.stringify(protocol.failure(answer.status, answer.message)))
      return
    case 'hang':
      if (answer.text !== '') stream(protocol.begin(model, answer.text), response)
      return
    case 'drop':
      if (answer.text === '') response.destroy()
      // What was written has to be sent before.
      else stream(protocol.begin(model, answer.text), response, () => response.destroy())
      return
    case 'text':
    case 'tool':
      stream(protocol.whole(model, answer), response)
      response.end()
  }
}

function stream(events: readonly object[], response: ServerResponse, sent?: () => void): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(events.map(eventText).join(''), sent)
}

function eventText(event: object): string {
  const name = 'type' in event ? `event: ${String(event.type)}\n` : ''
  return `${name}data: ${JSON.stringify(event)}\n\n`
}
