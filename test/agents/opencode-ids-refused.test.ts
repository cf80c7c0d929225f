import { expect, it, onTestFinished } from 'vitest'
import { Connection } from '../../src/runners/opencode/connection.ts'
import { runner as opencodeDefinition } from '../../src/runners/opencode/index.ts'
import { opencodeRunner } from '../../src/runners/opencode/runner.ts'
import type { RunnerSession } from '../../src/runners/runner.ts'
import { heldServer, startFake } from './fake-opencode.ts'
import { makeRoot, never } from './sessions.ts'

it.each([
  ['knows no such call', {}],
  ['gives its sessions ids of its own', { '/api/session': { id: 'ses_other' } }],
])('an opencode that %s starts nothing, says so, and leaves nothing to end', async (_, answers) => {
  const server = await startFake({ ...answers, '/session/status': {} })
  const root = makeRoot()
  const connection = new Connection(() => Promise.resolve(heldServer(server.url, () => undefined)), root)
  const runner = opencodeRunner(opencodeDefinition, {
    connect: () => connection,
    root,
    now: () => new Date(),
  })
  onTestFinished(() => runner.close())
  const session = sessionIn(root)
  await expect(runner.start(session, never)).rejects.toThrow(
    /^opencode 1 did not create a session with the id ses_1: .*work doctor/,
  )
  expect(await runner.end(session, true, never)).toMatchObject({
    evidence: { type: 'abandoned' },
    wasOver: false,
  })
})

function sessionIn(root: string): RunnerSession {
  return {
    record: {
      sessionId: 'ses_1',
      messageId: 'msg_1',
      agentName: 'default',
      model: 'a/one',
      startedAt: '',
      status: 'running',
      mode: 'fresh',
      log: 'work/logs/1',
    },
    agent: { name: 'default', options: {} },
    root,
    title: 'demo 01.01.01 #1',
    prompt: () => 'Do it.',
    env: () => ({}),
  }
}
