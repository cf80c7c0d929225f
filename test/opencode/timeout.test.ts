import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { hang } from '../helpers/model-server.ts'
import { sessionsOf } from '../helpers/scene.ts'
import { until } from '../helpers/until.ts'
import { makeScene, oneAgent, type OpencodeScene } from './scene.ts'
import { batchOf } from '../builders/plan.ts'

const thread = '01.01.01'

/** A thread whose model never finishes. */
function makeHanging(timeout: string): Promise<OpencodeScene> {
  const agents = oneAgent({ done_when: 'exit', timeout })
  return makeScene({ plan: batchOf(1), agents, script: () => hang('Well,') })
}

function limitsOf({ workspace }: OpencodeScene): string[] {
  return readdirSync(join(workspace.paths.run, 'opencode.limits'))
}

/** Starts a run, and waits until its prompt is delivered. */
async function startHanging({ workspace, start, server, client }: OpencodeScene) {
  const run = start('multi', '--continue', '--json')
  await until(() => existsSync(join(workspace.stream.logs, thread, '1.prompted.md')), 'the prompt')
  const isIdle = async () => Object.keys((await client().session.status()).data ?? {}).length === 0
  return { run, isIdle, keeper: server().keeper.pid }
}

test('a timeout that passes while work is dead ends the session of opencode, by the keeper of the server', async () => {
  const scene = await makeHanging('30s')
  const { workspace, model, run } = scene
  const hanging = await startHanging(scene)
  hanging.run.kill('SIGKILL')
  await hanging.run.ended
  await until(() => model.requests.every(({ closed }) => closed), 'the end of the request to the model')
  await until(hanging.isIdle, 'the end of the session')
  await until(() => limitsOf(scene).length === 0, 'the end of the limit')

  expect(sessionsOf(workspace, thread)).toMatchObject([{ status: 'running', timeout: 30_000 }])
  const status = await run('status', '--sessions', '--json')
  expect(status.stdout).toMatch(/"reason": "timeout"/)
  await run('continue', '--yes', '--no-wait')
  expect(sessionsOf(workspace, thread)[0]).toMatchObject({ attempt: 1, status: 'failed', reason: 'timeout' })
})

test('a timeout of opencode is enforced by work if the keeper was killed', async () => {
  const scene = await makeHanging('30s')
  const { run, keeper, isIdle } = await startHanging(scene)
  process.kill(keeper, 'SIGKILL')
  expect((await run.ended).code).toBe(1)
  expect(sessionsOf(scene.workspace, thread)).toMatchObject([
    { attempt: 1, status: 'failed', reason: 'timeout' },
  ])
  expect(await isIdle()).toBe(true)
  expect(limitsOf(scene)).toEqual([])
})
