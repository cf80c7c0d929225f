import { expect, it } from 'vitest'
import { makeWorkspace } from '../helpers/cli.ts'
import { session, task } from '../builders/records.ts'

const tasks = [
  task({ id: '01.01.01.01', assigned_agent: 'reviewer', sessions: [session(), session({ attempt: 2 })] }),
  {
    ...task({ id: '01.01.01.02' }),
    name: 'Write\u001B[31m it',
    status: 'in_progress' as const,
    breadcrumb: 'Look at src/a.ts first.',
    report: 'Half of it is in.\n\n- the parser\u0007\n- its tests\n',
    priority: 'high',
  },
]

it('work read shows a task in full, safe to print', async () => {
  const { code, stdout } = await makeWorkspace(tasks).work('read', '--task', '1.1.1.2')
  expect(code).toBe(0)
  expect(stdout).toBe(`01.01.01.02 Write it
Status    [~] in progress
Stage     01 Stage 01
Batch     01.01 Batch 01.01
Thread    01.01.01 Thread 01.01.01
Agent     reviewer
Sessions  2
Created   2026-01-01T00:00:00.000Z
Updated   2026-01-01T00:00:00.000Z

Breadcrumb
  Look at src/a.ts first.

Report
  Half of it is in.

  - the parser
  - its tests
`)
})

it('work read prints a task as tasks.json has it with --json, unknown fields too', async () => {
  const { json } = await makeWorkspace(tasks).work('read', '--task', '01.01.01.02', '--json')
  expect(json()).toEqual(tasks[1])
})

it('work read names the near tasks when there is no such task', async () => {
  const { code, stdout, stderr, json } = await makeWorkspace(tasks).work('read', '-t', '1.1.1.9', '--json')
  const message = 'Task 01.01.01.09 not found. Nearest: 01.01.01.01, 01.01.01.02.'
  expect(code).toBe(2)
  expect(stdout).not.toBe('')
  expect(json()).toMatchObject({ error: { code: 'task-not-found', message } })
  expect(stderr).toContain(message)
})

it('work read shows each task of a thread, by whichever flag it is named, and refuses the id of a batch', async () => {
  const { work } = makeWorkspace(tasks)
  const [byTask, byThread] = await Promise.all([
    work('read', '--task', '01.01.01', '--json'),
    work('read', '-t', '1.1.1', '--json'),
  ])
  expect(byTask).toMatchObject({ code: 0, stdout: byThread.stdout })
  expect(byTask.json()).toMatchObject([{ id: '01.01.01.01' }, { id: '01.01.01.02' }])
  expect(await work('read', '--task', '01.01')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('"01.01" is not a task id. Expected the form 01.02.03.04.'),
  })
})

it('the task can be named without the flag; without a task it says how', async () => {
  const workspace = makeWorkspace(tasks)
  const [named, flagged] = await Promise.all([
    workspace.work('read', '1.1.1.2'),
    workspace.work('read', '--task', '1.1.1.2'),
  ])
  expect(named).toMatchObject({ code: 0, stdout: flagged.stdout })
  expect(await workspace.work('read')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('work list shows every task'),
  })
})
