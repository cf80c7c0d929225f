import { expect, test } from 'vitest'
import { byMarker, runShell, say, type Answer } from '../helpers/model-server.ts'
import { sessionsOf, tasksOf } from '../helpers/scene.ts'
import { makeScene, reportDone, requestsFor, sessionIds, transcript } from './scene.ts'
import { batchOf } from '../builders/plan.ts'

const agents = {
  agents: [
    { name: 'default', models: ['local/m1'] },
    { name: 'reviewer', models: ['local/m2'] },
  ],
}

/** Gives up the first time, and completes the second time. */
function atSecond(thread: string): Answer[] {
  return [say(`I could not do ${thread}.`), reportDone(thread, 'done at last'), say('Done.')]
}

test('a failed thread is completed by a resume, a retry, or another agent', async () => {
  const [resumed, retried, swapped, lost] = ['01.01.01', '01.01.02', '01.01.03', '01.01.04']
  const threads = [resumed, retried, swapped, lost]
  const scene = await makeScene({
    plan: batchOf(threads.length),
    agents,
    script: byMarker(Object.fromEntries(threads.map((thread) => [`(${thread})`, atSecond(thread)]))),
  })
  const { workspace, model } = scene
  const outcomes = (thread: string) => sessionsOf(workspace, thread).map(({ status }) => status)
  const ids = (thread: string) => sessionsOf(workspace, thread).map(({ sessionId }) => sessionId)
  const fix = (...args: string[]) => scene.run('fix', '--yes', '--json', ...args)
  const first = await scene.run('multi', '--continue', '--json')
  expect(first.code, first.stderr).toBe(1)
  expect(threads.map(outcomes)).toEqual(threads.map(() => ['failed']))
  expect(sessionsOf(workspace, resumed)).toMatchObject([{ reason: 'incomplete' }])

  const go = await fix('--thread', resumed, '--resume', '--note', 'The port is free now.')
  expect(go.code, go.stderr).toBe(0)
  expect(outcomes(resumed)).toEqual(['failed', 'completed'])
  expect(new Set(ids(resumed)).size).toBe(1)
  const told = requestsFor(model, resumed)
    .at(-1)
    ?.messages.map(({ role, text }) => `${role}: ${text}`)
  expect(told?.filter((text) => !text.startsWith('system'))).toEqual([
    expect.stringMatching(/^user: Hello Agent!/),
    'assistant: I could not do 01.01.01.',
    expect.stringMatching(
      /^user: [^]*Continue where you left off[^]*01\.01\.01\.01[^]*The port is free now\./,
    ),
    expect.stringMatching(/^assistant: /),
    expect.stringMatching(/^tool: /),
  ])
  expect(await transcript(scene.client(), ids(resumed)[0] ?? '')).toHaveLength(4)

  const again = await fix('--thread', retried, '--retry')
  expect(again.code, again.stderr).toBe(0)
  expect(again.json()).toMatchObject({ threads: [{ id: retried, status: 'completed', attempt: 2 }] })
  expect(outcomes(retried)).toEqual(['failed', 'completed'])
  expect(new Set(ids(retried)).size).toBe(2)
  const prompt = requestsFor(model, retried).at(-1)?.prompt
  expect(prompt).toContain('## Attempt 2')
  expect(prompt).toContain('I could not do 01.01.02.')

  const other = await fix('--thread', swapped, '--agent', 'reviewer')
  expect(other.code, other.stderr).toBe(0)
  expect(sessionsOf(workspace, swapped)).toMatchObject([
    { agentName: 'default', model: 'local/m1', status: 'failed' },
    { agentName: 'reviewer', model: 'local/m2', status: 'completed' },
  ])
  expect(requestsFor(model, swapped).map((request) => request.model)).toEqual(['m1', 'm2', 'm2'])

  const [sessionID = ''] = ids(lost)
  await scene.client().session.delete({ sessionID }, { throwOnError: true })
  const before = workspace.read('work/001-demo/tasks.json')
  const refused = await fix('--thread', lost, '--resume')
  expect(refused.code).toBe(2)
  expect(refused.json()).toEqual({
    error: {
      code: 'not-possible',
      message: `opencode no longer has session ${sessionID}. Retry starts a new session with the open tasks.`,
      hint: `work fix --thread ${lost} --retry`,
      commands: [['work', 'fix', '--thread', lost, '--retry']],
    },
  })
  expect(workspace.read('work/001-demo/tasks.json')).toBe(before)
  expect(requestsFor(model, lost)).toHaveLength(1)
  expect((await fix('--all-failed', '--retry')).code).toBe(0)
  expect(outcomes(lost)).toEqual(['failed', 'completed'])
  expect(tasksOf(workspace).tasks.map(({ report }) => report)).toEqual(threads.map(() => 'done at last'))
  const known = threads.flatMap(ids).filter((id) => id !== sessionID)
  expect(await sessionIds(scene.client())).toEqual([...new Set(known)].toSorted())
})

test('a failed thread is fixed by a new stage, once that is approved', async () => {
  const scene = await makeScene({
    plan: batchOf(1),
    agents,
    script: byMarker({
      '(01.01.01)': [say('The port is taken.')],
      '(02.01.01)': [
        runShell('work update --thread 02.01.01 --status completed --report Freed.'),
        say('Freed.'),
      ],
    }),
  })
  const { workspace } = scene
  expect((await scene.run('multi', '--continue')).code).toBe(1)
  const name = ['--name', 'Free the port', '--description', 'Port 3000 is taken.']
  const added = await scene.run('fix', '--new-stage', '--thread', '01.01.01', ...name, '--yes')
  expect(added.code, added.stderr).toBe(0)
  expect((await scene.run('approve', 'revision')).code).toBe(0)
  expect((await scene.run('approve', 'stage', '1', '--force')).code).toBe(0)

  const result = await scene.run('continue', '--skip', '--json')
  expect(result.json()).toMatchObject({
    threads: [{ id: '02.01.01', status: 'completed' }],
    skipped: ['01.01.01'],
  })
  expect(sessionsOf(workspace, '01.01.01')).toMatchObject([{ status: 'failed', reason: 'incomplete' }])
  expect(requestsFor(scene.model, '02.01.01')[0]?.prompt).toContain('Port 3000 is taken.')
})
