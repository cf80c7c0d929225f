import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type TestWorkspace } from '../helpers/cli.ts'
import { makeApproved, succeed, tasksOf } from '../helpers/scene.ts'
import { agentsYaml } from '../builders/agents.ts'
import { session } from '../builders/records.ts'
import { planText } from '../builders/plan.ts'

const failed = session({ sessionId: 'cmd_1', status: 'failed', reason: 'exit', exitCode: 3 })

/** What may be on the first task of thread 01.01.01, and the message about it. */
const records: [string, Record<string, unknown>, string][] = [
  ['null', { sessions: null }, 'found null'],
  ['a record that lacks fields', { sessions: [{ sessionId: 'cmd_2' }, failed] }, 'agentName: found nothing'],
  ['an unknown status', { sessions: [{ ...failed, status: 'paused' }] }, 'status: found "paused"'],
  [
    'a current session without a record',
    { currentSessionId: 'cmd_9' },
    'names "cmd_9" as its current session',
  ],
]

describe('sessions in tasks.json that are', () => {
  it.each(records)('%s cause a warning, and work continues', async (_, fields, words) => {
    const workspace = await makeReady()
    damage(workspace, (file) => Object.assign(file.tasks[0] ?? {}, fields))
    const before = workspace.read(tasksPath)

    const status = await workspace.work('status', '--json')
    expect(status.code, status.stderr).toBe(0)
    expect(status.stderr).toContain('Warning: ')
    expect(status.stderr).toContain(words)
    expect(status.json()).toMatchObject({ streams: [{ threadCount: 3 }] })
    expect(workspace.read(tasksPath)).toBe(before)

    const update = await workspace.work('update', '--task', '01.02.01.01', '--breadcrumb', 'here')
    expect(update.code, update.stderr).toBe(0)

    const run = await workspace.work('multi', '--batch', '01.01', '--json')
    expect(run.code, run.stderr).toBe(0)
    expect(run.stderr).toContain(words)
    expect(run.json()).toMatchObject({ threads: [{ status: 'completed' }, { status: 'completed' }] })
  })

  it('damaged records are kept beside new ones, and the warning disappears when they are fixed', async () => {
    const workspace = await makeReady()
    damage(workspace, (file) =>
      Object.assign(file.tasks[0] ?? {}, { sessions: [{ ...failed, status: 'x' }] }),
    )
    expect((await workspace.work('execute', '--thread', '01.01.01')).code).toBe(0)
    const [first] = tasksOf(workspace).tasks
    expect(first).toMatchObject({ sessions: [{ status: 'completed' }], damaged_sessions: [{ status: 'x' }] })
    damage(workspace, ({ tasks }) => {
      const [task] = tasks
      if (task === undefined) return
      task.sessions = [failed, ...(task.sessions ?? [])]
      delete task.damaged_sessions
    })
    const status = await workspace.work('status')
    expect(status.stderr).toBe('')
    expect(status.stdout).toMatch(/01\.01\.01 .* 2 +default/)
  })
})

describe('a chart in tasks.json whose state can not be read', () => {
  it.each([
    ['null', null, 'found null'],
    ['a text', 'x', 'found "x"'],
    ['an object without its fields', { machine: 'thread' }, 'found an object'],
    [
      'in a state that there is not',
      { machine: 'thread', version: 1, savedAt: '', snapshot: { status: 'active', value: 'paused' } },
      'its snapshot has no known state',
      'found "paused"',
    ],
  ])(
    'since it is %s stops who needs that thread, and nobody else',
    async (_, value, words, refusal = words) => {
      const workspace = await makeReady()
      damage(workspace, (file) => Object.assign(file.threads, { '01.01.01': value }))
      const before = workspace.read(tasksPath)

      const status = await workspace.work('status')
      expect(status.code, status.stderr).toBe(0)
      expect(status.stderr).toContain(
        `Warning: The state of thread 01.01.01 in "threads" of tasks.json can't be used`,
      )
      expect(status.stderr).toContain(words)

      for (const args of [
        ['multi', '--batch', '01.01'],
        ['multi', '--batch', '01.01', '--dry-run'],
        ['execute', '--thread', '01.01.01'],
      ]) {
        const refused = await workspace.work(...args, '--json')
        expect(refused.code).toBe(2)
        expect(refused.json()).toMatchObject({
          error: {
            code: 'bad-snapshot',
            message: expect.stringContaining(refusal),
            hint: expect.stringContaining('git'),
          },
        })
      }
      expect(workspace.read(tasksPath)).toBe(before)

      const other = await workspace.work('execute', '--thread', '01.01.02', '--json')
      expect(other.code, other.stderr).toBe(0)
      expect(tasksOf(workspace).threads).toMatchObject({
        '01.01.01': value,
        '01.01.02': { machine: 'thread' },
      })
    },
  )
})

it('a thread that was left running, and whose last session is damaged, is shown as lost; no run continues from there', async () => {
  const workspace = await makeReady()
  expect((await workspace.work('execute', '--thread', '01.01.01')).code).toBe(0)
  damage(workspace, ({ tasks, threads }) => {
    const [task] = tasks
    if (task === undefined) return
    Object.assign(task, {
      status: 'pending',
      sessions: [{ ...failed, status: 'odd' }],
      currentSessionId: 'cmd_1',
    })
    const text = JSON.stringify(threads['01.01.01']).replace(
      '"value":"completed"',
      '"value":{"running":"working"}',
    )
    threads['01.01.01'] = JSON.parse(text)
  })
  const status = await workspace.work('status', '--json')
  expect(status.json()).toMatchObject({
    streams: [{ threads: [{ id: '01.01.01', status: 'interrupted' }, {}, {}] }],
  })
  expect(status.stderr).toContain('found "odd"')
  for (const args of [
    ['execute', '--thread', '01.01.01'],
    ['fix', '--thread', '01.01.01', '--retry', '--yes'],
  ]) {
    const refused = await workspace.work(...args, '--json')
    expect(refused.code, refused.stderr).toBe(2)
    expect(refused.json()).toMatchObject({ error: { code: 'bad-snapshot' } })
  }
  // As the hint says.
  damage(workspace, ({ threads }) => delete threads['01.01.01'])
  const after = await workspace.work('execute', '--thread', '01.01.01')
  expect(after.code, after.stderr).toBe(0)
})

it('a session whose record is damaged is named when its logs are asked for', async () => {
  const workspace = await makeReady()
  damage(workspace, (file) =>
    Object.assign(file.tasks[0] ?? {}, { sessions: [{ ...failed, status: 'odd' }] }),
  )
  const logs = await workspace.work('session', 'logs', '01.01.01', '--json')
  expect(logs.code).toBe(2)
  expect(logs.stderr).toContain('found "odd"')
})

describe('files beside tasks.json', () => {
  it('damaged by a session: status shows it as lost with the file, and a run continues', async () => {
    const workspace = await makeReady()
    const log = 'work/001-demo/logs/01.01.01/1'
    const running = session({ status: 'running', token: 'token-1', log, completedAt: undefined })
    damage(workspace, (file) => Object.assign(file.tasks[0] ?? {}, { sessions: [running] }))
    workspace.write(`${log}.exit.json`, '{"code":')
    const status = await workspace.work('status', '--sessions', '--json')
    expect(status.code, status.stderr).toBe(0)
    expect(status.stdout).toContain(`${log}.exit.json can't be read`)
    expect(status.json()).toMatchObject({
      streams: [{ threads: [{ status: 'interrupted', reason: 'lost' }, {}, {}] }],
    })
    const run = await workspace.work('multi', '--batch', '01.01', '--json')
    expect(run.code, run.stderr).toBe(1)
    expect(run.json()).toMatchObject({ threads: [{ status: 'interrupted' }, { status: 'completed' }] })
    expect((await workspace.work('multi', '--batch', '01.01')).code).toBe(0)
  })

  it('that are a folder, a log of a session: it is said, and what was recorded is shown', async () => {
    const workspace = await makeReady()
    const log = 'work/001-demo/logs/01.01.01/1'
    damage(workspace, (file) => Object.assign(file.tasks[0] ?? {}, { sessions: [{ ...failed, log }] }))
    workspace.write(`${log}.log/x`, '')
    const logs = await workspace.work('session', 'logs', '01.01.01', '--json')
    expect(logs.code).toBe(1)
    expect(logs.json()).toMatchObject({
      error: { code: 'log-unreadable', hint: expect.stringContaining('status') },
    })
    expect((await workspace.work('status', '--sessions')).code).toBe(0)
  })

  it('PLAN.md that can not be read: status works anyway, and commands that need it are refused', async () => {
    const workspace = await makeReady()
    workspace.remove('work/001-demo/PLAN.md')
    workspace.write('work/001-demo/PLAN.md/x', '')
    const status = await workspace.work('status')
    expect(status.code, status.stderr).toBe(0)
    expect(status.stdout).toContain('01.02.01')
    expect(status.stderr).toMatch(/^Warning: work\/001-demo\/PLAN\.md can't be read: EISDIR/)
    for (const args of [
      ['approve'],
      ['validate', 'plan'],
      ['multi', '--continue'],
      ['add-task', '--thread', '1.1.1', '--name', 'x'],
    ]) {
      const refused = await workspace.work(...args, '--json')
      expect(refused.code).toBe(2)
      expect(refused.json()).toMatchObject({
        error: { code: 'file-unreadable', message: expect.stringContaining('PLAN.md') },
      })
    }
  })

  it('that can not be read, TASKS.md: nothing of it is taken', async () => {
    const workspace = await makeReady()
    writeFileSync(workspace.stream.tasksMd, Buffer.from('# Tasks: D\xE9mo\n', 'latin1'))
    const before = workspace.read(tasksPath)
    for (const args of [
      ['tasks', 'generate'],
      ['tasks', 'serialize'],
      ['approve', 'tasks'],
      ['add-task', '--thread', '1.1.1', '--name', 'x'],
    ]) {
      const refused = await workspace.work(...args, '--json')
      expect(refused.code).toBe(2)
      expect(refused.json()).toMatchObject({
        error: { code: 'file-unreadable', message: expect.stringContaining('TASKS.md') },
      })
    }
    expect(readFileSync(workspace.stream.tasksMd, 'latin1')).toBe('# Tasks: D\xE9mo\n')
    expect(workspace.read(tasksPath)).toBe(before)
    await succeed(workspace, 'tasks', 'generate', '--force')
  })

  it('a broken threads.json of version 1: a warning names it, and the tasks run anyway', async () => {
    const workspace = await makeReady()
    damage(workspace, (file) => Object.assign(file, { version: '1.0.0', threads: undefined }))
    const before = workspace.read(tasksPath)
    workspace.write('work/001-demo/threads.json', '{ "version":')
    const words =
      'Warning: work/001-demo/threads.json:1:13: invalid JSON: found the end of the file, expected a value. Its sessions are not imported'
    for (const args of [
      ['status'],
      ['status', '--sessions'],
      ['session', 'list'],
      ['multi', '--batch', '01.01'],
    ]) {
      const { code, stderr } = await workspace.work(...args)
      expect(code, stderr).toBe(0)
      expect(stderr).toContain(words)
    }
    expect((await workspace.work('list')).code).toBe(0)
    expect(workspace.read('work/001-demo/threads.json')).toBe('{ "version":')
    const backup = readdirSync(workspace.stream.folder).find((name) => name.startsWith('tasks.backup-'))
    expect(workspace.read(`work/001-demo/${backup}`)).toBe(before)
  })

  it('that are missing, a folder of logs: the next run makes it', async () => {
    const workspace = await makeReady()
    damage(workspace, (file) =>
      Object.assign(file.tasks[0] ?? {}, { sessions: [{ ...failed, log: 'work/001-demo/logs/01.01.01/1' }] }),
    )
    const logs = await workspace.work('session', 'logs', '01.01.01', '--json')
    expect(logs.json()).toMatchObject({ error: { code: 'log-missing' } })
    expect((await workspace.work('execute', '--thread', '01.01.01')).code).toBe(0)
    expect(workspace.read('work/001-demo/logs/01.01.01/2.log')).toContain('did it')
  })

  it('a file in place of the folder of logs: the thread fails with the path, and the others continue', async () => {
    const workspace = await makeReady()
    workspace.write('work/001-demo/logs/01.01.01', 'not a folder')
    const run = await workspace.work('multi', '--batch', '01.01', '--json')
    expect(run.code, run.stderr).toBe(1)
    expect(run.json()).toMatchObject({
      threads: [{ status: 'failed', reason: 'spawn' }, { status: 'completed' }],
    })
    expect(JSON.stringify(tasksOf(workspace).tasks[0]?.sessions)).toContain('logs/01.01.01')
  })

  it('a broken agents.yaml: nothing runs, and status works anyway', async () => {
    const workspace = await makeReady()
    workspace.write('work/agents.yaml', 'agents: [')
    const run = await workspace.work('multi', '--batch', '01.01', '--json')
    expect(run.code).toBe(2)
    expect(run.json()).toMatchObject({ error: { code: 'agents-invalid' } })
    expect((await workspace.work('status')).code).toBe(0)
    expect((await workspace.work('session', 'logs', '01.01.01', '--json')).json()).toMatchObject({
      error: { code: 'attempt-not-found' },
    })
  })
})

const tasksPath = 'work/001-demo/tasks.json'

/** Two threads in a batch, one in the next; their agent does what the test asks for. */
function makeReady(): Promise<TestWorkspace> {
  return makeApproved(planText([[[['One'], ['Two']], [['Three']]]]), agentsYaml(['echo', 'did it']))
}

function damage(workspace: TestWorkspace, change: (file: ReturnType<typeof tasksOf>) => void): void {
  const file = tasksOf(workspace)
  change(file)
  workspace.write(tasksPath, file)
}
