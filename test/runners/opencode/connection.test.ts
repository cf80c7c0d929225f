import { once } from 'node:events'
import { createServer } from 'node:http'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, onTestFinished, test } from 'vitest'
import { Connection, type Listener } from '../../../src/runners/opencode/connection.ts'
import { until } from '../../helpers/until.ts'
import { heldServer, startFake } from './fake-opencode.ts'

test('a dropped stream is reopened, and listeners get the state and open requests again', async () => {
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

test('a stream that never opens is released, even after a long time', async () => {
  let isAsked = false
  const server = createServer(() => (isAsked = true)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const address = server.address()
  const { connection } = connect(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
  listen(connection, 'ses_1')
  await until(() => isAsked)
  collectGarbage()
  await expect(connection.close()).resolves.toBeUndefined()
})

test('a failed call is repeated once on a new connection; of many failed calls, one opens it', async () => {
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
  await expect(connection.call(() => Promise.reject(new Error('always')))).rejects.toMatchObject({
    code: 'opencode-refused',
    message: `opencode 1 at ${server.url} rejected the request: always`,
  })
})

test('the reason why there is no server is passed on unchanged, and the next call tries again', async () => {
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

function listen(connection: Connection, sessionId: string): string[] {
  const heard: string[] = []
  const listener: Listener = (news) => {
    if (news === 'connected') heard.push(news)
    else heard.push([news.type, news.properties['id']].filter((word) => typeof word === 'string').join(' '))
  }
  connection.listen(sessionId, listener)
  return heard
}

/** As Node does now and then by itself. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') collect()
}
