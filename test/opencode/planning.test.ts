import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { makeRepository } from '../helpers/cli.ts'
import { callTool, say, startModelServer } from '../helpers/model-server.ts'
import { opencodeEnv } from '../helpers/opencode-env.ts'
import { goalEnds, goalScript, planGoals } from '../helpers/planned-goals.ts'
import { planningSessions, searchPlan } from '../helpers/planning.ts'
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

test('a session that an earlier version recorded in index.json is taken over, and changes the plan', async () => {
  const workspace = makeRepository()
  await succeed(workspace, 'init')
  workspace.write('work/agents.yaml', JSON.stringify({ agents: [{ name: 'default', models: ['local/m1'] }] }))
  const draft = join(workspace.root, 'work/001-old/PLAN.draft.md')
  const model = await startModelServer(({ messages, prompt }) => {
    const results = messages.length - 1 - messages.findLastIndex(({ role }) => role === 'user')
    if (!prompt.includes('Add a page.') || results >= 4) return say('Done.')
    // It writes over no file that it has not read.
    if (results === 0) return callTool('read', { filePath: draft })
    return callTool('write', { filePath: draft, content: searchPlan({ threads: ['Index', 'Page'] }) })
  })
  onTestFinished(() => model.close())
  const env = opencodeEnv(join(dirname(workspace.root), 'opencode'), model)
  await workspace.run(['plan', 'The first plan', '--name', 'first', '--json'], { env })
  const [first] = planningSessions(workspace, '001-first')
  // The same session, as that version recorded it.
  await succeed(workspace, 'remove', '001-first', '--force')
  await succeed(workspace, 'create', 'old')
  workspace.write('work/001-old/PLAN.md', searchPlan())
  const index = JSON.parse(workspace.read('work/index.json'))
  index.streams[0].planningSession = { sessionId: first?.sessionId, createdAt: first?.startedAt }
  workspace.write('work/index.json', index)

  const { stdout, stderr } = await workspace.run(['plan', '--revise', 'Add a page.', '--json'], { env })

  expect(JSON.parse(stdout), stderr).toMatchObject({ end: 'left', problems: [] })
  expect(planningSessions(workspace, '001-old')).toMatchObject([
    { sessionId: first?.sessionId, attempt: 1 },
    { sessionId: first?.sessionId, attempt: 2, mode: 'resume', status: 'completed' },
  ])
})
