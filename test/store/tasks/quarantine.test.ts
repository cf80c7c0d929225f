import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openTasks } from '../../../src/store/tasks/tasks.ts'
import { runningSession, task, tasksFile } from '../../builders/records.ts'
import { get, makeWorkspace, now, put, thrownBy } from '../../builders/workspace.ts'

const sound = runningSession({ sessionId: 'ses_1', status: 'failed' })
const lacking = { sessionId: 'ses_2' }
const strange = { ...sound, sessionId: 'ses_3', status: 'paused', mine: [1] }

test.each([
  ['that are null', { sessions: null }, undefined, [null]],
  ['that are no list', { sessions: { a: sound } }, undefined, [{ a: sound }]],
  [
    'of which some do not fit',
    { sessions: [lacking, sound, strange, 'x'] },
    [sound],
    [lacking, strange, 'x'],
  ],
  [
    'of which a person has put some back wrongly',
    { sessions: [strange], damaged_sessions: [lacking] },
    [],
    [lacking, strange],
  ],
  ['beside damaged ones that are no list', { sessions: [sound], damaged_sessions: 7 }, [sound], [7]],
  ['with a current one that is no text', { currentSessionId: null }, undefined, [{ currentSessionId: null }]],
])('session records %s are set aside and not lost', async (_, fields, sessions, damaged) => {
  const { stream } = makeWorkspace()
  const tasks = [{ ...task({ id: '01.01.01.01' }), ...fields }, task({ id: '01.01.02.01' })]
  const before = put(stream.tasks, { ...tasksFile(), tasks })
  const store = openTasks(stream, now)
  expect(store.read().tasks[0]?.sessions).toEqual(sessions)
  expect(store.read().tasks[0]?.damaged_sessions).toEqual(damaged)
  expect(get(stream.tasks)).toBe(before)

  for (const report of ['one', 'two']) {
    await store.commit((file) => {
      for (const each of file.tasks.slice(1)) each.report = report
    })
  }
  const [first, second] = JSON.parse(get(stream.tasks)).tasks
  expect(first.damaged_sessions).toEqual(damaged)
  expect(first.sessions).toEqual(sessions)
  expect(second.report).toBe('two')
  const backups = readdirSync(stream.folder).filter((name) => name.startsWith('tasks.backup-'))
  expect(backups.map((name) => get(`${stream.folder}/${name}`))).toEqual([before])
})

test('an invalid saved state is kept as it was found, and so are its neighbours', async () => {
  const { stream } = makeWorkspace()
  const good = { machine: 'thread', version: 1, savedAt: '', snapshot: { mine: true }, more: 1 }
  const threads = { '01.01.01': null, '01.01.02': { machine: 'thread' }, '01.01.03': good, '01.01.04': 'x' }
  const before = put(stream.tasks, { ...tasksFile(), threads })
  const store = openTasks(stream, now)
  await store.commit((file) => {
    for (const each of file.tasks) each.report = 'done'
  })
  expect(get(stream.tasks)).not.toBe(before)
  expect(JSON.parse(get(stream.tasks)).threads).toEqual(threads)
  expect(readdirSync(stream.folder)).toEqual(['tasks.json'])
})

test('without `threads`, removed by the user, a file uses its sessions', async () => {
  const { stream } = makeWorkspace()
  put(stream.tasks, { ...tasksFile(), threads: undefined })
  const store = openTasks(stream, now)
  expect(store.read()).toEqual(tasksFile())
  await store.commit((file) => {
    for (const each of file.tasks) each.report = 'done'
  })
  expect(JSON.parse(get(stream.tasks))).toMatchObject({ tasks: [{ report: 'done' }, {}], threads: {} })
})

test('a file with a byte order mark is read', () => {
  const { stream } = makeWorkspace()
  put(stream.tasks, `\uFEFF${JSON.stringify(tasksFile())}`)
  expect(openTasks(stream, now).read()).toEqual(tasksFile())
})

test('other damage is an error, even next to invalid session records', async () => {
  const { stream } = makeWorkspace()
  const tasks = [{ ...task({ id: '01.01.01.01' }), sessions: null, name: 7 }]
  const before = put(stream.tasks, { ...tasksFile(), tasks })
  expect(await thrownBy(() => openTasks(stream, now).read())).toMatchObject({
    code: 'file-invalid',
    message: expect.stringContaining('tasks[0] (01.01.01.01).name: found 7, expected text'),
  })
  expect(get(stream.tasks)).toBe(before)
})

test('invalid session records of version 1 are set aside by the migration', () => {
  const { stream } = makeWorkspace()
  put(stream.tasks, {
    version: '1.0.0',
    stream_id: '001-demo',
    last_updated: '',
    tasks: [task({ id: '1.1.1.1' }), { ...task({ id: '1.1.1.2' }), sessions: [lacking, sound] }],
  })
  const [first, second] = openTasks(stream, now).read().tasks
  expect(first?.sessions).toEqual([sound])
  expect(second?.damaged_sessions).toEqual([lacking])
})
