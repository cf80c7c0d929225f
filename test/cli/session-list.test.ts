import { expect, test } from 'vitest'
import { makeWorkspace, type TestWorkspace } from '../helpers/cli.ts'
import { session, task, tasksFile } from '../builders/records.ts'

const times = { startedAt: minutesAgo(125), completedAt: minutesAgo(120) }
const failed = session({
  ...times,
  status: 'failed',
  reason: 'exit',
  exitCode: 3,
  detail: 'one\n\u001B[31mtwo\u001B[0m\n',
})
const { attempt: _, ...versionOne } = session({
  ...times,
  sessionId: 'cmd_2',
  status: 'interrupted',
  reason: 'lost',
})
const last = session({ ...times, sessionId: 'cmd_3', agentName: 'reviewer', model: 'local/m1' })

function makeSessions(): TestWorkspace {
  return makeWorkspace([
    task({ id: '01.01.01.01', status: 'completed', sessions: [failed, versionOne] }),
    task({ id: '01.01.01.02' }),
    task({ id: '01.01.02.01', status: 'completed', sessions: [last] }),
    task({ id: '02.01.01.01' }),
  ])
}

test('work session list lists every session of the workstream', async () => {
  const { code, stdout } = await makeSessions().work('session', 'list')
  expect(code).toBe(0)
  expect(stdout.split('\n')).toEqual([
    'Thread    #   Result                       Took  Started  Agent     Model',
    '01.01.01  #1  failed: exit code 3        5m 00s   2h ago  default',
    '01.01.01  #2  interrupted: process lost  5m 00s   2h ago  default',
    '01.01.02  #1  completed                  5m 00s   2h ago  reviewer  local/m1',
    '',
  ])
})

test('work session list shows the history of one thread, with the last output of each session', async () => {
  const { code, stdout } = await makeSessions().work('session', 'list', '1.1.1')
  expect(code).toBe(0)
  expect(stdout.replaceAll(/, \d{4}-\d\d-\d\d \d\d:\d\d/g, '').split('\n')).toEqual([
    '01.01.01 Thread 01.01.01: ■ interrupted: process lost',
    '#1  ✗ failed: exit code 3 · 2h ago · took 5m 00s',
    '    default',
    '    │ one',
    '    │ two',
    '#2  ■ interrupted: process lost · 2h ago · took 5m 00s',
    '    default',
    '',
  ])
  expect((await makeSessions().work('session', 'list', '--thread', '02.01.01')).stdout).toBe(
    '02.01.01 Thread 02.01.01: ○ pending\nNo session yet.\n',
  )
})

test('work session list gives scripts the records as they are, with their thread and number', async () => {
  const { work } = makeSessions()
  expect((await work('session', 'list', '--json')).json()).toEqual({
    stream: '001-demo',
    sessions: [
      { thread: '01.01.01', ...failed },
      { thread: '01.01.01', ...versionOne, attempt: 2 },
      { thread: '01.01.02', ...last },
    ],
  })
  expect((await work('session', 'list', '01.01.02', '--json')).json()).toEqual({
    stream: '001-demo',
    sessions: [{ thread: '01.01.02', ...last }],
  })
})

test('a session that ended unseen is shown as it ended, and nothing is written', async () => {
  const workspace = makeWorkspace([
    task({ id: '01.01.01.01', sessions: [session({ status: 'running', completedAt: undefined })] }),
  ])
  const before = workspace.read('work/001-demo/tasks.json')
  expect((await workspace.work('session', 'list', '--json')).json()).toMatchObject({
    sessions: [{ status: 'interrupted', reason: 'lost' }],
  })
  expect(workspace.read('work/001-demo/tasks.json')).toBe(before)
})

test('work session list warns of a record that can not be used, and lists the others', async () => {
  const workspace = makeWorkspace()
  const tasks = [{ ...task({ id: '01.01.01.01' }), sessions: [{ sessionId: 7 }, failed] }]
  workspace.write('work/001-demo/tasks.json', { ...tasksFile([]), tasks })
  const { code, stdout, stderr } = await workspace.work('session', 'list')
  expect(code).toBe(0)
  expect(stderr).toContain("Warning: A session record of thread 01.01.01 in tasks.json can't be used")
  expect(stdout).toContain('01.01.01  #1  failed: exit code 3')
})

test('work session list says that nothing has run yet, and names what is near an unknown thread', async () => {
  expect(await makeWorkspace([task({ id: '01.01.01.01' })]).work('session', 'list')).toMatchObject({
    code: 0,
    stdout: '',
    stderr: expect.stringContaining('Nothing has run yet in 001-demo.'),
  })
  expect(await makeSessions().work('session', 'list', '01.01.07')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Thread 01.01.07 not found. Nearest: 01.01.01, 01.01.02.'),
  })
})

function minutesAgo(minutes: number): string {
  return new Date(Date.now() - minutes * 60_000).toISOString()
}
