import { expect, test } from 'vitest'
import { say } from '../helpers/model-server.ts'
import { sessionsOf } from '../helpers/scene.ts'
import { makeScene, oneAgent } from './scene.ts'
import { batchOf } from '../builders/plan.ts'

test('a run asks opencode for its models before it starts an agent', async () => {
  const agents = oneAgent({ done_when: 'exit', models: ['local/m11'] })
  const scene = await makeScene({ plan: batchOf(1), agents, script: () => say('Done.') })
  const { workspace, model } = scene
  const refused = await scene.run('run', '--json')
  expect(refused).toMatchObject({ code: 2 })
  expect(refused.json()).toMatchObject({
    error: {
      code: 'model-not-found',
      message: expect.stringContaining('"local/m11", which does not exist. Did you mean local/m1?'),
      models: ['local/m1', 'local/m2'],
    },
  })
  expect(sessionsOf(workspace, '01.01.01')).toEqual([])
  expect(model.requests).toEqual([])

  const corrected = oneAgent({ done_when: 'exit', models: ['away/m1', 'local/m1'], timout: '5m' })
  workspace.write('work/agents.yaml', corrected)
  const done = await scene.run('run', '--json')
  expect(done.stderr).toContain(
    'Warning: work/agents.yaml:10: unknown field agents[0] (default).timout has no effect. Did you mean "timeout"?',
  )
  expect(done.stderr).toMatch(/^Warning: .*"away\/m1", which does not exist\. Did you mean local\/m1\?$/m)
  expect(sessionsOf(workspace, '01.01.01').at(-1)).toMatchObject({ model: 'local/m1', status: 'completed' })
})
