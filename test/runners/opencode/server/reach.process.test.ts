import { createServer } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { mkdirSync, writeFileSync } from 'node:fs'
import { identify } from '../../../../src/process/identity.ts'
import { serverFiles } from '../../../../src/runners/opencode/server/record.ts'
import { findServer } from '../../../../src/runners/opencode/server/server.ts'
import { makeRoot } from '../../sessions.ts'

test('a running server is not given up because one connection to it failed', async () => {
  let asked = 0
  const server = createServer((request, response) => {
    asked += 1
    if (asked === 1) request.socket.destroy()
    else response.end(JSON.stringify({ healthy: true, version: '1' }))
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
  const root = makeRoot()
  const run = `${root}/run`
  const self = identify(process.pid)
  const facts = { startedAt: '', port, version: '1', password: 'secret', environment: '' }
  mkdirSync(run)
  writeFileSync(serverFiles(run).record, JSON.stringify({ phase: 'ready', keeper: self, ...self, ...facts }))
  const options = { run, root, env: {}, keeper: '', idle: 0 }
  expect(await findServer({ ...options, withLock: noLock })).toMatchObject({ version: '1' })
  expect(asked).toBe(2)
})

function noLock<T>(action: () => Promise<T>): Promise<T> {
  return action()
}
