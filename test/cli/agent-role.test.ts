import { describe, expect, test } from 'vitest'
import { factsOf, makeFailed } from '../helpers/failed.ts'

const asAgent = { env: { WORKSTREAM_ROLE: 'AGENT' } }

test.each([
  [['multi', '--continue']],
  [['execute', '--thread', '01.01.02']],
  [['fix', '--thread', '01.01.02', '--retry', '--yes']],
  [['continue', '--fix', '--yes']],
  [['continue', '--skip']],
  [['session', 'complete', '--thread', '01.01.02', '--yes']],
  [['approve', 'stage', '1', '--force']],
  [['doctor', '--stop-server']],
  [['tasks', 'serialize']],
])('inside a session work %j is refused, and changes nothing', async (args) => {
  const workspace = await makeFailed()
  const before = factsOf(workspace)
  const { code, json } = await workspace.run([...args, '--json'], asAgent)
  expect(code).toBe(2)
  expect(json()).toMatchObject({
    error: { code: 'human-only', hint: expect.stringContaining(`\`work ${args.slice(0, 2).join(' ')}`) },
  })
  expect(factsOf(workspace)).toEqual(before)
})

test.each([
  [['multi', '--continue', '--dry-run']],
  [['fix', '--thread', '01.01.02', '--retry', '--dry-run']],
  [['status']],
  [['session', 'logs', '01.01.02']],
])('inside a session work %j only looks, and is allowed', async (args) => {
  const workspace = await makeFailed()
  const { code, stderr } = await workspace.run(args, asAgent)
  expect(code, stderr).toBe(0)
})

describe('inside the session of thread 01.01.02 work update', () => {
  const session = { WORKSTREAM_ROLE: 'AGENT', WORK_THREAD: '01.01.02', WORK_STREAM: '001-demo' }

  test.each([
    ["of a sibling's task", ['--task', '01.02.01.01'], session],
    ["of a sibling's task, with --force", ['--task', '01.02.01.01', '--force'], session],
    ['of a sibling thread', ['--thread', '01.01.03'], session],
    [
      'of the same number in another workstream',
      ['--task', '01.01.02.01'],
      { ...session, WORK_STREAM: '002-x' },
    ],
    ['by a person in its environment', ['--task', '01.02.01.01'], { WORK_THREAD: '01.01.02' }],
    ['of a thread that never began, where the session is unknown', ['--task', '01.02.01.01'], asAgent.env],
  ])('%s is refused, and changes nothing', async (_, args, env) => {
    const workspace = await makeFailed()
    const before = factsOf(workspace)
    const command = ['update', ...args, '--status', 'completed', '--stream', '001-demo', '--json']
    const { code, json } = await workspace.run(command, { env })
    expect(code).toBe(2)
    expect(json()).toMatchObject({ error: { code: 'not-own-thread' } })
    expect(factsOf(workspace)).toEqual(before)
  })

  test.each([
    ['of its own task', ['--task', '01.01.02.02'], session],
    ['by a person with --force', ['--task', '01.02.01.01', '--force'], { WORK_THREAD: '01.01.02' }],
    ['of a thread that has begun, where the session is unknown', ['--task', '01.01.03.02'], asAgent.env],
  ])('%s is recorded', async (_, args, env) => {
    const workspace = await makeFailed()
    const { code, stderr } = await workspace.run(['update', ...args, '--status', 'completed'], { env })
    expect(code, stderr).toBe(0)
  })
})
