import { createServer, type Server, type ServerResponse } from 'node:http'
import { onTestFinished } from 'vitest'

/** A server in the form that a connection holds. */
export function heldServer(url: string, release: () => void) {
  return { url, user: 'opencode', password: undefined, version: '1', release }
}

/** Instead of an answer: the server refuses, or never answers. */
export const [refuses, isSilent] = [Symbol('refuses'), Symbol('is silent')]

/** A server with these answers, by path, and a stream of events. */
export async function startFake(answers: Record<string, unknown>) {
  const streams = new Set<ServerResponse>()
  /** The requested paths, in order. */
  const asked: string[] = []
  const server: Server = createServer((request, response) => {
    const path = (request.url ?? '').replace(/\?.*/, '')
    if (path === '/global/event') {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      streams.add(response)
      response.on('close', () => streams.delete(response))
      write(response, { type: 'server.connected', properties: {} })
      return
    }
    asked.push(path)
    const answer = answers[path]
    if (answer === isSilent) return
    response.writeHead(answer === refuses ? 500 : path in answers ? 200 : 404, {
      'content-type': 'application/json',
    })
    response.end(JSON.stringify(answer ?? {}))
  })
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (typeof address === 'object' && address !== null) resolve(address.port)
    })
  })
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    send: (payload: object) => {
      for (const stream of streams) write(stream, payload)
    },
    drop: () => {
      for (const stream of streams) stream.destroy()
    },
  }
}

function write(response: ServerResponse, payload: object): void {
  response.write(`data: ${JSON.stringify({ directory: '/repo', payload })}\n\n`)
}
