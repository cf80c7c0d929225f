import { expect, it } from 'vitest'
import { makeWorkspace } from '../helpers/cli.ts'
import { session, task } from '../builders/records.ts'

const tasks = [
  task({ id: '01.01.01.01', status: 'completed', sessions: [session()] }),
  task({ id: '01.01.01.02', status: 'blocked', assigned_agent: 'reviewer' }),
  task({ id: '01.01.02.01' }),
  task({ id: '01.02.01.01', status: 'in_progress' }),
  task({ id: '02.01.01.01', status: 'cancelled' }),
]

it('work list prints every task below its stage, batch and thread', async () => {
  const { code, stdout, stderr } = await makeWorkspace(tasks).work('list')
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toBe(`Workstream: 001-demo
Tasks: 5 total | 1 completed | 1 in progress | 1 pending | 1 blocked | 1 cancelled

Stage 01: Stage 01
  Batch 01: Batch 01.01
    Thread 01: Thread 01.01.01
      [x] 01.01.01.01 Do 01.01.01.01
      [!] 01.01.01.02 Do 01.01.01.02
    Thread 02: Thread 01.01.02
      [ ] 01.01.02.01 Do 01.01.02.01
  Batch 02: Batch 01.02
    Thread 01: Thread 01.02.01
      [~] 01.02.01.01 Do 01.02.01.01

Stage 02: Stage 02
  Batch 01: Batch 02.01
    Thread 01: Thread 02.01.01
      [-] 02.01.01.01 Do 02.01.01.01
`)
})

it('work list prints the tasks whole with --json, in the order of their ids', async () => {
  const { json } = await makeWorkspace(tasks.toReversed()).work('list', '--json')
  expect(json()).toEqual(tasks)
})

it.each([
  [['--status', 'blocked'], ['01.01.01.02']],
  [['--stage', '2'], ['02.01.01.01']],
  [
    ['--batch', '1.1'],
    ['01.01.01.01', '01.01.01.02', '01.01.02.01'],
  ],
  [['--thread', '1.1.2', '--tasks'], ['01.01.02.01']],
  [['--stage', '01', '--status', 'pending'], ['01.01.02.01']],
  [['--stage', '01', '--status', 'cancelled'], []],
])('work list with %j shows only %j', async (filters, ids) => {
  const { code, json } = await makeWorkspace(tasks).work('list', '--json', ...filters)
  expect([code, json()]).toEqual([0, ids.map((id) => tasks.find((one) => one.id === id))])
})

it.each([
  [['--thread', '1.1.7'], 'Thread 01.01.07 not found. Nearest: 01.01.01, 01.01.02.'],
  [['--batch', '3.1'], 'Batch 03.01 not found. There are: 01.01, 01.02, 02.01.'],
  [['--stage', '9'], 'Stage 09 not found. There are: 01, 02.'],
  [['--batch', 'one'], 'No batch is named "one". Batches: 01.01'],
  [['--status', 'done'], "Option '--status <status>' argument 'done' is invalid."],
])('work list refuses %j: %s', async (filters, message) => {
  const { code, stdout, stderr } = await makeWorkspace(tasks).work('list', ...filters)
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toContain(`Error: ${message}`)
})

it('work list lists nothing of a workstream without tasks', async () => {
  expect(await makeWorkspace().work('list')).toMatchObject({
    code: 0,
    stdout: 'Workstream: 001-demo\nTasks: 0 total | 0 completed | 0 in progress | 0 pending\n',
  })
})

it.each(['list', 'tree'])('%s of a workstream without tasks names the next step', async (name) => {
  const { stderr } = await makeWorkspace().work(name)
  expect(stderr).toBe('The workstream has no tasks yet.\n  → work status shows the next step.\n')
  expect((await makeWorkspace(tasks).work(name)).stderr).toBe('')
})
