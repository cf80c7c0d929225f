import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { makeRepository } from '../helpers/cli.ts'
import { callTool, startModelServer } from '../helpers/model-server.ts'
import { opencodeEnv } from '../helpers/opencode-env.ts'
import { goalEnds, goalScript, planGoals } from '../helpers/planned-goals.ts'
import { succeed } from '../helpers/scene.ts'

test('opencode drafts a plan, repairs it in the same session, and writes nothing else', async () => {
  const workspace = makeRepository()
  await succeed(workspace, 'init')
  const agent = { name: 'default', models: ['local/m1'], permissions: 'full' }
  workspace.write('work/agents.yaml', JSON.stringify({ agents: [agent] }))
  const model = await startModelServer(
    goalScript(workspace, (filePath, content) => callTool('write', { filePath, content })),
  )
  onTestFinished(() => {
    model.close()
    expect(model.strangers, 'whom else opencode asked').toEqual([])
  })
  const env = opencodeEnv(join(dirname(workspace.root), 'opencode'), model)
  expect(await planGoals(workspace, env, { runner: 'opencode', isLimited: true })).toEqual(goalEnds)
})
