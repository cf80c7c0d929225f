import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { expect, it, onTestFinished } from 'vitest'
import { observeThreads } from '../../src/engine/probe.ts'
import { makeWorld } from './world.ts'
import { runningThread } from '../builders/threads.ts'

it('looks at all sessions in parallel, so a slow server delays only once', async () => {
  const url = await startSlowServer(2)
  const ids = ['01.01.01', '01.01.02']
  const left = ids.map((id) =>
    runningThread(id, { runner: 'opencode', mode: 'resume', messageId: 'msg_1', server: url }),
  )
  const world = makeWorld({
    tasks: left.flatMap(({ tasks }) => tasks),
    envelopes: Object.assign({}, ...left.map(({ envelopes }) => envelopes)),
  })
  const threads = await observeThreads(world.tasks, world.stream, world.now)
  expect(threads).toMatchObject(
    ids.map((id) => ({ id, status: 'failed', sessions: [{ reason: 'session-missing' }] })),
  )
})

/** A server that knows no session, and says so only when this many have asked what its sessions do. */
async function startSlowServer(count: number): Promise<string> {
  const waiting: ServerResponse[] = []
  const server = createServer((request, response) => {
    if (!request.url?.startsWith('/session/status')) {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{}')
      return
    }
    waiting.push(response.setHeader('content-type', 'application/json'))
    if (waiting.length === count) for (const one of waiting) one.end('{}')
  })
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}
