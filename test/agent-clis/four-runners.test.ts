import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { batchOf } from '../builders/plan.ts'
import { byMarker, cutOff, fail, say, startModelServer, type Answer } from '../helpers/model-server.ts'
import { opencodeEnv } from '../helpers/opencode-env.ts'
import { makeApproved, sessionsOf, succeed } from '../helpers/scene.ts'
import { assign, reportDone } from '../opencode/scene.ts'
import { cliEnv } from './cli-env.ts'
import { useModels } from './models/server.ts'

const models = useModels()

const agents = {
  agents: [
    { name: 'default', models: ['local/m1'] },
    { name: 'claude', runner: 'claude', models: ['opus'] },
    { name: 'codex', runner: 'codex', models: ['m1'] },
    { name: 'gemini', runner: 'gemini', models: ['gemini-2.5-pro'] },
  ],
}

/** Fails once, and then does its task. */
function atSecond(thread: string, failure: Answer): Answer[] {
  return [failure, reportDone(thread, `Did ${thread}.`), say('Done.')]
}

const script = () =>
  byMarker({
    '(01.01.01)': atSecond('01.01.01', say('I could not do it.')),
    '(01.01.02)': atSecond('01.01.02', fail(403, 'no access to this model')),
    '(01.01.03)': atSecond('01.01.03', cutOff('A long answer')),
    '(01.01.04)': atSecond('01.01.04', fail(404, 'no such model')),
  })

test('threads on four runners at once each fail in their own way, and are fixed by resume, retry and another agent', async () => {
  const model = await startModelServer(script())
  onTestFinished(() => model.close())
  const workspace = await makeApproved(batchOf(4), JSON.stringify(agents))
  assign(workspace, { '01.01.02': 'claude', '01.01.03': 'codex', '01.01.04': 'gemini' })
  const folder = dirname(workspace.root)
  const { url } = models.add(script())
  const env = {
    ...opencodeEnv(join(folder, 'opencode'), model),
    ...cliEnv(join(folder, 'clis'), { url, origin: models.origin }),
  }
  const work = (...args: string[]) => workspace.run(args, { env })
  const lastOf = (thread: string) => sessionsOf(workspace, thread).at(-1)

  expect((await work('run')).code).toBe(1)
  expect(lastOf('01.01.01')).toMatchObject({ runner: 'opencode', reason: 'incomplete' })
  expect(lastOf('01.01.02')).toMatchObject({ runner: 'claude', reason: 'provider' })
  expect(lastOf('01.01.03')).toMatchObject({ runner: 'codex', reason: 'cut-off' })
  expect(lastOf('01.01.04')).toMatchObject({ runner: 'gemini', reason: 'provider' })

  const fixes = [
    ['--thread', '01.01.01', '--resume'],
    ['--thread', '01.01.02', '--retry'],
    ['--thread', '01.01.03', '--resume'],
    ['--thread', '01.01.04', '--agent', 'claude'],
  ]
  for (const fix of fixes) expect(await work('fix', '--yes', ...fix)).toMatchObject({ code: 0, stderr: '' })
  expect(['01', '02', '03', '04'].map((thread) => sessionsOf(workspace, `01.01.${thread}`))).toMatchObject([
    [{ mode: 'fresh' }, { mode: 'resume', status: 'completed', runner: 'opencode' }],
    [{ mode: 'fresh' }, { mode: 'fresh', status: 'completed', runner: 'claude' }],
    [{ mode: 'fresh' }, { mode: 'resume', status: 'completed', runner: 'codex' }],
    [{ mode: 'fresh' }, { mode: 'fresh', status: 'completed', runner: 'claude' }],
  ])
  expect(lastOf('01.01.01')?.sessionId).toBe(sessionsOf(workspace, '01.01.01')[0]?.sessionId)
  expect(lastOf('01.01.03')?.sessionId).toBe(sessionsOf(workspace, '01.01.03')[0]?.sessionId)
  expect(await succeed(workspace, 'status')).toContain('100%  completed')
})
