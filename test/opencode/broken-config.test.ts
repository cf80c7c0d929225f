import { expect, test } from 'vitest'
import { say } from '../helpers/model-server.ts'
import { sessionsOf } from '../helpers/scene.ts'
import { makeScene, makeSignal, oneAgent, reportDone } from './scene.ts'
import { batchOf } from '../builders/plan.ts'

test('a thread whose opencode.json is broken fails with the words of the server, and runs when it is repaired', async () => {
  const script = [reportDone('01.01.01'), say('All done.')]
  const { workspace, run } = await makeScene({
    plan: batchOf(1),
    agents: oneAgent(),
    script: () => script.shift() ?? say('done'),
  })
  workspace.write('opencode.json', '{ "model": broken')
  const first = await run('multi', '--continue')
  expect(first.code, first.stderr).toBe(1)
  expect(sessionsOf(workspace, '01.01.01')).toMatchObject([
    {
      status: 'failed',
      reason: 'spawn',
      detail: expect.stringMatching(
        /opencode can't read .*\/opencode\.json: InvalidSymbol at line 1, column 12; ValueExpected at line 1/,
      ),
    },
  ])
  expect((await run('status')).stdout).not.toContain('running')

  workspace.write('opencode.json', '{}')
  const second = await run('fix', '--thread', '01.01.01', '--retry', '--yes')
  expect(second.code, second.stdout + second.stderr).toBe(0)
  expect(sessionsOf(workspace, '01.01.01')).toMatchObject([{ status: 'failed' }, { status: 'completed' }])
})

test('a running session does not end when opencode.json breaks', async () => {
  const [asked, repaired] = [makeSignal(), makeSignal()]
  const script = [reportDone('01.01.01'), say('All done.')]
  const { workspace, start, run } = await makeScene({
    plan: batchOf(1),
    agents: oneAgent(),
    script: async () => {
      asked.give()
      await repaired.given
      return script.shift() ?? say('done')
    },
  })
  const running = start('multi', '--continue')
  await asked.given
  workspace.write('opencode.json', '{ "model": broken')
  expect((await run('status', '--json')).json()).toMatchObject({
    streams: [{ threads: [{ status: 'running' }] }],
  })
  repaired.give()
  const { code, stderr } = await running.ended
  expect(code, stderr).toBe(0)
})
