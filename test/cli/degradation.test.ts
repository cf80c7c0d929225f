import { describe, expect, it } from 'vitest'
import { tasksOf } from '../helpers/scene.ts'
import { damage, failed, makeReady, tasksPath } from '../helpers/damage.ts'

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
