import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http'
import { until } from '../helpers/until.ts'
import { makeSignal } from './scene.ts'

/** A proxy to an opencode server that can stop one request just before it arrives, or its answer. */
export interface Gate {
  url: string
  /** Stops the first request whose method and path match `pattern`, or its answer. */
  stop: (pattern: RegExp, what: 'request' | 'answer') => Stopped
  close: () => void
}

interface Stopped {
  /** Resolves when it is there and waits. */
  reached: () => Promise<true>
  /** Lets it pass. */
  release: () => void
}

interface Stop {
  pattern: RegExp
  what: 'request' | 'answer'
  isReached: boolean
  released: Promise<void>
}

/** Opens a gate before the server `target`. */
export async function openGate(target: string): Promise<Gate> {
  const stops: Stop[] = []

  async function passes(incoming: IncomingMessage, what: Stop['what']): Promise<void> {
    const line = `${incoming.method} ${incoming.url}`
    const stop = stops.find((one) => one.what === what && !one.isReached && one.pattern.test(line))
    if (stop === undefined) return
    stop.isReached = true
    await stop.released
  }

  async function pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    await passes(incoming, 'request')
    // The client was killed in the meantime.
    if (incoming.socket.destroyed) return
    const { method = 'GET', headers, url = '/' } = incoming
    const outgoing = forward(new URL(url, target), { method, headers, agent: false })
    outgoing.on('response', (answer) => {
      void passes(incoming, 'answer').then(() => {
        response.writeHead(answer.statusCode ?? 500, answer.headers).flushHeaders()
        answer.pipe(response)
      })
    })
    outgoing.on('error', () => response.destroy())
    response.on('close', () => outgoing.destroy())
    incoming.pipe(outgoing)
  }

  const server = createServer((incoming, response) => void pass(incoming, response))
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (typeof address === 'object' && address !== null) resolve(address.port)
    })
  })
  return {
    url: `http://127.0.0.1:${port}`,
    stop(pattern, what) {
      const { given, give } = makeSignal()
      const stop: Stop = { pattern, what, isReached: false, released: given }
      stops.push(stop)
      return { reached: () => until(() => stop.isReached, `${what} of ${String(pattern)}`), release: give }
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
