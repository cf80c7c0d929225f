import { beforeEach, describe, expect, test } from 'vitest'
import { makeWorkspace, type TestWorkspace } from '../helpers/cli.ts'
import { until } from '../helpers/until.ts'
import { linesOf, makeApproved, nodeAgent, sessionsOf, tasksOf } from '../helpers/scene.ts'
import { openTerminal } from '../helpers/terminal.ts'
import { session, task } from '../builders/records.ts'
import { batchOf } from '../builders/plan.ts'

const failed = session({ status: 'failed', reason: 'exit', exitCode: 3 })

let workspace: TestWorkspace
beforeEach(() => {
  workspace = makeWorkspace([
    task({ id: '01.01.01.01', status: 'completed', report: 'Done.', sessions: [failed] }),
    task({ id: '01.01.01.02', status: 'in_progress', breadcrumb: 'half of it' }),
    task({ id: '01.01.01.03', status: 'cancelled' }),
    task({ id: '01.01.01.04', status: 'blocked' }),
    task({ id: '01.01.02.01' }),
    task({ id: '01.02.01.01', status: 'completed' }),
  ])
})

const complete = (...args: string[]) => workspace.work('session', 'complete', ...args)

function statuses(): Record<string, string> {
  return Object.fromEntries(tasksOf(workspace).tasks.map(({ id, status }) => [id, status]))
}

describe('work session complete --thread', () => {
  test('completes the thread and its open tasks, with a report, and leaves its sessions as they ended', async () => {
    expect(await complete('--thread', '1.1.1', '--report', 'Merged by hand.')).toMatchObject({
      code: 0,
      stdout: 'Marked 01.01.01 "Thread 01.01.01" as completed (2 tasks were still open).\n',
    })
    expect(tasksOf(workspace).tasks.slice(0, 4)).toMatchObject([
      { status: 'completed', report: 'Done.', sessions: [failed] },
      { status: 'completed', report: 'Merged by hand.', breadcrumb: 'half of it' },
      { status: 'cancelled' },
      { status: 'completed', report: 'Merged by hand.' },
    ])
    expect(statuses()['01.01.02.01']).toBe('pending')
    expect(tasksOf(workspace).threads['01.01.01']).toMatchObject({
      snapshot: { value: 'completed', context: { settledBy: 'user' } },
    })
  })

  test('is shown as completed by hand wherever the thread is shown', async () => {
    await complete('01.01.01')
    const { json } = await workspace.work('status', '--thread', '01.01.01', '--json')
    expect(json()).toMatchObject({ streams: [{ threads: [{ status: 'completed', settledBy: 'user' }] }] })
    const shown = await workspace.work('status', '--sessions')
    expect(shown.stdout).toMatch(/✓ completed .* ✎ 1 {2}default {2}✗ \d+d ago\n {4}#1 {2}failed: exit code 3/)
    expect(shown.stdout).toContain('✎ marked completed by hand: 01.01.01\n')
    const history = await workspace.work('session', 'list', '01.01.01')
    expect(history.stdout).toContain(
      'Thread 01.01.01: ✓ completed, marked by hand\n#1  ✗ failed: exit code 3',
    )
  })

  test('completes a thread that was never started', async () => {
    expect((await complete('--thread', '01.01.02', '--json')).json()).toEqual({
      action: 'complete',
      stream: '001-demo',
      threads: [{ id: '01.01.02', name: 'Thread 01.01.02', by: 'user', tasks: ['01.01.02.01'] }],
    })
    expect(sessionsOf(workspace, '01.01.02')).toEqual([])
  })

  test('completes one whose session ended well while tasks are open', async () => {
    workspace.write('work/001-demo/tasks.json', {
      ...tasksOf(workspace),
      tasks: [task({ id: '01.01.01.01', sessions: [session()] })],
    })
    expect((await complete('01.01.01', '--json')).json()).toMatchObject({ threads: [{ by: 'user' }] })
    const { json } = await workspace.work('status', '--json')
    expect(json()).toMatchObject({ streams: [{ threads: [{ status: 'completed', settledBy: 'user' }] }] })
  })

  test('changes nothing the second time, nor on a thread that is completed by its tasks', async () => {
    await complete('01.01.01')
    const before = workspace.read('work/001-demo/tasks.json')
    const again = await complete('01.01.01', '--report', 'Once more.')
    expect(again).toMatchObject({
      code: 0,
      stdout: 'Thread 01.01.01 "Thread 01.01.01" was already completed.\n',
    })
    expect((await complete('01.02.01')).code).toBe(0)
    expect(workspace.read('work/001-demo/tasks.json')).toBe(before)
  })

  test('is up to the user: an agent is refused', async () => {
    const before = workspace.read('work/001-demo/tasks.json')
    const refused = await workspace.run(['session', 'complete', '01.01.01'], {
      env: { WORKSTREAM_ROLE: 'AGENT' },
    })
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('work session complete --thread 01.01.01'),
    })
    expect(workspace.read('work/001-demo/tasks.json')).toBe(before)
  })
})

describe('work session complete --batch and --all', () => {
  test('need --yes where nobody can be asked, and say what it is about', async () => {
    const before = workspace.read('work/001-demo/tasks.json')
    for (const flags of [['--batch', '01.01'], ['--all'], ['--all', '--json']]) {
      const refused = await complete(...flags)
      expect(refused.code).toBe(2)
      expect(refused.stderr).toContain('Mark 2 threads as completed: 01.01.01, 01.01.02?')
      expect(refused.stderr).toContain(
        `work session complete ${flags.slice(0, 2).join(' ').replace(' --json', '')} --yes`,
      )
    }
    expect(workspace.read('work/001-demo/tasks.json')).toBe(before)
  })

  test('complete what is open with --yes', async () => {
    expect((await complete('--batch', '1.1', '--yes', '--json')).json()).toMatchObject({
      threads: [
        { id: '01.01.01', by: 'user' },
        { id: '01.01.02', by: 'user' },
      ],
    })
    expect(new Set(Object.values(statuses()))).toEqual(new Set(['completed', 'cancelled']))
    expect(await complete('--all')).toMatchObject({
      code: 0,
      stdout: 'Every thread was already completed.\n',
    })
  })

  test.each([
    ['y', 'exit code 0', 'completed'],
    ['n', 'exit code 1', 'pending'],
    ['C-c', 'exit code 130', 'pending'],
    ['Escape', 'exit code 130', 'pending'],
  ])('ask on a terminal: %s ends with %s', async (key, end, status) => {
    const terminal = openTerminal(workspace)
    terminal.work('session complete --all')
    await until(() => terminal.screen().includes('01.01.01, 01.01.02? (y/N)'))
    terminal.press(key)
    await until(() => terminal.screen().includes(end))
    expect(statuses()['01.01.02.01']).toBe(status)
  })
})

test.each([
  [[], 'Which threads are done?'],
  [['01.01.01', '--all'], 'in one way only'],
  [['--batch', '01.01', '--all'], 'in one way only'],
  [['--thread', '01.01.07'], 'Thread 01.01.07 not found. Nearest: 01.01.01, 01.01.02.'],
  [['--batch', '01.07', '--yes'], 'Batch 01.07 not found. Nearest: 01.01, 01.02.'],
])('session complete %j is an error with a way out', async (args, words) => {
  const before = workspace.read('work/001-demo/tasks.json')
  const refused = await complete(...args)
  expect(refused).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(words) })
  expect(refused.stderr).toContain('→')
  expect(workspace.read('work/001-demo/tasks.json')).toBe(before)
})

test('a thread that runs is refused with who runs it; when that is dead, its end is recorded first', async () => {
  const agent = `import { writeFileSync } from 'node:fs'; writeFileSync('pid', String(process.pid)); setInterval(() => undefined, 1000)`
  workspace = await makeApproved(batchOf(2), nodeAgent(agent))
  const run = workspace.start(['multi', '--batch', '01.01', '--parallel', '1'])
  await until(() => sessionsOf(workspace, '01.01.01').at(0)?.process !== undefined)
  await until(() => linesOf(workspace, 'pid').length === 1)

  const busy = await complete('--all', '--yes', '--json')
  expect(busy).toMatchObject({ code: 2 })
  expect(busy.json()).toMatchObject({
    error: {
      code: 'thread-busy',
      message: expect.stringContaining(`process ${run.pid} (work multi --batch 01.01`),
    },
  })

  run.kill('SIGKILL')
  await run.ended
  const pid = sessionsOf(workspace, '01.01.01').at(0)?.process?.pid ?? 0
  const unwatched = await complete('01.01.01')
  expect(unwatched).toMatchObject({ code: 2 })
  expect(unwatched.stderr).toMatch(new RegExp(`process ${pid}\\), without a supervisor.*\n.*work continue`))
  expect(tasksOf(workspace).tasks.map(({ status }) => status)).not.toContain('completed')

  process.kill(Number(workspace.read('pid')), 'SIGKILL')
  await until(async () => (await complete('01.01.01')).code === 0)
  expect(sessionsOf(workspace, '01.01.01')).toMatchObject([
    { status: 'interrupted', reason: 'signal', signal: 'SIGKILL' },
  ])
  expect(tasksOf(workspace)).toMatchObject({
    tasks: [{ status: 'completed' }, { status: 'pending' }],
    threads: { '01.01.01': { snapshot: { value: 'completed', context: { settledBy: 'user' } } } },
  })
})

test('work session complete of a workstream without tasks says that there are none', async () => {
  const { code, stdout, stderr } = await makeWorkspace().work('session', 'complete', '--all', '--yes')
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toBe(
    'Error: This workstream has no tasks yet.\n  → work approve plan, then work approve tasks\n',
  )
})
