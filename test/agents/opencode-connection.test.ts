import { createServer, type Server, type ServerResponse } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { Connection, type Listener } from '../../src/agents/opencode/connection.ts'
import { until } from '../helpers/processes.ts'

test('a stream that drops is opened anew, and listeners hear of it, of the state, and of what is asked', async () => {
  const server = await startFake({
    '/session/status': { ses_1: { type: 'busy' }, ses_9: { type: 'busy' } },
    '/permission': [
      { id: 'per_1', sessionID: 'ses_1', permission: 'read', patterns: [] },
      { id: 'per_2', sessionID: 'ses_child', permission: 'edit', patterns: [] },
    ],
    '/session/ses_child': { id: 'ses_child', parentID: 'ses_1' },
  })
  const { connection, opened, released } = connect(server.url)
  const heard = listen(connection, 'ses_1')
  await connection.hearing(5000, new AbortController().signal)
  await until(() => heard.length === 4)
  expect(heard.toSorted()).toEqual([
    'connected',
    'permission.asked per_1',
    'permission.asked per_2',
    'session.status',
  ])

  heard.length = 0
  server.drop()
  await until(() => heard.length === 4)
  server.send({ type: 'session.idle', properties: { sessionID: 'ses_1' } })
  server.send({ type: 'session.idle', properties: { sessionID: 'ses_2' } })
  server.send({ type: 'session.error', properties: { sessionID: 'ses_1' } })
  await until(() => heard.length === 6)
  expect(heard.slice(4)).toEqual(['session.idle', 'session.error'])
  expect([opened(), released()]).toEqual([2, 1])
})

test('a call that fails is made once more on a new connection; of many that fail, one opens it', async () => {
  const server = await startFake({ '/permission': [] })
  const { connection, opened, released } = connect(server.url)
  expect(await connection.call((api) => api.permissions())).toEqual([])
  let left = 3
  const callOnce = (fails: boolean) =>
    connection.call((api) => {
      left -= 1
      if (fails && left >= 0) return Promise.reject(new Error('reset'))
      return api.permissions()
    })
  await Promise.all([callOnce(true), callOnce(true), callOnce(true)])
  expect([opened(), released()]).toEqual([2, 1])
  await expect(connection.call(() => Promise.reject(new Error('always')))).rejects.toThrow('always')
})

test('why a server can not be had is told as it is, and the next call tries again', async () => {
  const server = await startFake({ '/permission': [] })
  let fails = true
  const connection = new Connection(() => {
    if (fails) return Promise.reject(new Error('not installed'))
    return Promise.resolve(heldServer(server.url, () => undefined))
  }, '/repo')
  onTestFinished(() => connection.close())
  await expect(connection.call((api) => api.permissions())).rejects.toThrow('not installed')
  fails = false
  expect(await connection.call((api) => api.permissions())).toEqual([])
})

function connect(url: string) {
  let [opened, released] = [0, 0]
  const connection = new Connection(() => {
    opened += 1
    return Promise.resolve(heldServer(url, () => (released += 1)))
  }, '/repo')
  onTestFinished(() => connection.close())
  return { connection, opened: () => opened, released: () => released }
}

function heldServer(url: string, release: () => void) {
  return { url, user: 'opencode', password: undefined, version: '1', release }
}

function listen(connection: Connection, sessionId: string): string[] {
  const heard: string[] = []
  const listener: Listener = (news) => {
    if (news === 'connected') heard.push(news)
    else heard.push([news.type, news.properties['id']].filter((word) => typeof word === 'string').join(' '))
  }
  connection.listen(sessionId, listener)
  return heard
}

/** A server that gives these answers, by path, and a stream of events. */
async function startFake(answers: Record<string, unknown>) {
  const streams = new Set<ServerResponse>()
  const server: Server = createServer((request, response) => {
    const path = (request.url ?? '').replace(/\?.*/, '')
    if (path === '/global/event') {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      streams.add(response)
      response.on('close', () => streams.delete(response))
      write(response, { type: 'server.connected', properties: {} })
      return
    }
    response.writeHead(path in answers ? 200 : 404, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answers[path] ?? {}))
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
