import { describe, expect, test } from 'vitest'
import { makeWorkspace } from '../helpers/cli.ts'
import { until } from '../helpers/until.ts'
import { tasksOf } from '../helpers/scene.ts'
import { task } from '../builders/records.ts'

const ids = ['01.01.01.01', '01.01.01.02', '01.02.01.01']

describe('work update', () => {
  test('changes the given fields of one task, and nothing else', async () => {
    const unknown = { note: 'kept' }
    const workspace = makeWorkspace(ids.map((id) => task({ id, ...unknown })))
    const before = tasksOf(workspace).tasks
    const result = await workspace.work(
      'update',
      '--task',
      '1.1.1.2',
      '--status',
      'blocked',
      '--report',
      'Needs a key.',
      '--breadcrumb',
      'src/key.ts',
    )
    expect(result).toMatchObject({ code: 0, stdout: 'Updated task 01.01.01.02 to blocked\n', stderr: '' })
    const [first, second, third] = tasksOf(workspace).tasks
    expect([first, third]).toEqual([before[0], before[2]])
    expect(second).toEqual({
      ...before[1],
      status: 'blocked',
      report: 'Needs a key.',
      breadcrumb: 'src/key.ts',
      updated_at: second?.updated_at,
    })
    expect(second?.updated_at).not.toBe(before[1]?.updated_at)
  })

  test.each(['pending', 'in_progress', 'completed', 'blocked', 'cancelled'])(
    'takes the status %s for a whole thread',
    async (status) => {
      const workspace = makeWorkspace(
        ids.map((id) => task({ id, status: status === 'pending' ? 'blocked' : 'pending' })),
      )
      const result = await workspace.work('update', '--thread', '01.01.01', '--status', status)
      expect(result.stdout).toBe(`Updated 2 tasks in thread 01.01.01 to ${status}\n`)
      expect(
        tasksOf(workspace)
          .tasks.map((one) => one.status)
          .slice(0, 2),
      ).toEqual([status, status])
      expect(tasksOf(workspace).tasks[2]?.status).not.toBe(status)
    },
  )

  test.each([
    [['--task', '01.01.01.09', '--status', 'completed'], 'task-not-found', '01.01.01.01, 01.01.01.02'],
    [['--thread', '01.01.09', '--status', 'completed'], 'thread-not-found', '01.01.01'],
    [['--task', '09.09.09.09', '--status', 'completed'], 'task-not-found', 'work list'],
    [['--task', '01.01', '--status', 'completed'], 'bad-id', '01.02.03.04'],
    [['--task', '01.01.01.01', '--status', 'done'], 'usage', 'completed'],
    [['--task', '01.01.01.01'], 'usage', '--status'],
    [['--status', 'completed'], 'usage', '--task'],
    [['--task', '01.01.01.01', '--thread', '01.01.01', '--status', 'completed'], 'usage', '--thread'],
    [['--task', '01.01.01.01', '--statsu', 'completed'], 'usage', '--status'],
  ])('refuses %j: %s', async (args, code, words) => {
    const workspace = makeWorkspace(ids.map((id) => task({ id })))
    const before = workspace.read('work/001-demo/tasks.json')
    const result = await workspace.work('update', ...args, '--json')
    expect(result.code).toBe(2)
    expect(result.json()).toMatchObject({ error: { code } })
    expect(result.stdout).toContain(words)
    expect(workspace.read('work/001-demo/tasks.json')).toBe(before)
  })

  test('works on the workstream of its session, whichever is current', async () => {
    const workspace = makeWorkspace([task({ id: '01.01.01.01' })])
    await workspace.work('create', 'other')
    await workspace.work('current', '--set', 'other')
    const env = { WORK_STREAM: '001-demo', WORK_ROOT: workspace.root }
    const result = await workspace.run(['update', '--task', '01.01.01.01', '--status', 'completed'], {
      env,
      cwd: workspace.home,
    })
    expect(result.stderr).toBe('')
    expect(tasksOf(workspace).tasks).toMatchObject([{ status: 'completed' }])
  })

  test('stops at a file with merge-conflict marks, names the line, and leaves it as it is', async () => {
    const workspace = makeWorkspace([task({ id: '01.01.01.01' })])
    const text = workspace.read('work/001-demo/tasks.json').replace('"tasks"', '<<<<<<< HEAD\n  "tasks"')
    workspace.write('work/001-demo/tasks.json', text)
    const result = await workspace.work('update', '--task', '01.01.01.01', '--status', 'completed')
    expect(result.code).toBe(2)
    expect(result.stderr).toMatch(/work\/001-demo\/tasks\.json:\d+/)
    expect(workspace.read('work/001-demo/tasks.json')).toBe(text)
  })
})

test('60 updates at once, on many tasks and on one, lose nothing, and no reader sees half a file', async () => {
  const tasks = Array.from({ length: 40 }, (_, index) =>
    task({ id: `01.01.01.${String(index + 1).padStart(2, '0')}` }),
  )
  tasks.push(task({ id: '02.01.01.01' }))
  const workspace = makeWorkspace(tasks)
  let isOver = false
  let reads = 0
  const reader = until(() => {
    tasksOf(workspace)
    reads += 1
    return isOver
  })
  const many = tasks
    .slice(0, 40)
    .map(({ id }) =>
      workspace.work('update', '--task', id, '--status', 'completed', '--report', `done ${id}`),
    )
  const fields = [
    ['--status', 'blocked'],
    ['--report', 'stuck'],
    ['--breadcrumb', 'here'],
    ['--agent', 'someone'],
  ]
  const one = Array.from({ length: 20 }, (_, index) =>
    workspace.work('update', '--task', '02.01.01.01', ...(fields[index % 4] ?? [])),
  )
  const results = await Promise.all([...many, ...one])
  isOver = true
  await reader

  expect(results.filter((result) => result.code !== 0)).toEqual([])
  const after = tasksOf(workspace).tasks
  expect(after.slice(0, 40).map(({ id, status, report }) => ({ id, status, report }))).toEqual(
    tasks.slice(0, 40).map(({ id }) => ({ id, status: 'completed', report: `done ${id}` })),
  )
  expect(after[40]).toMatchObject({
    status: 'blocked',
    report: 'stuck',
    breadcrumb: 'here',
    assigned_agent: 'someone',
  })
  expect(reads).toBeGreaterThan(10)
})
