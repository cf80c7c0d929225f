import { cpSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { openTasks } from '../../../src/store/tasks/tasks.ts'
import { runningSession } from '../../builders/records.ts'
import { get, makeWorkspace, now, put, thrownBy } from '../../builders/workspace.ts'

const states = fileURLToPath(new URL('../../fixtures/state', import.meta.url))

/** A workstream whose files are those of `test/fixtures/state/<name>`. */
function load(name: string) {
  const { stream } = makeWorkspace()
  cpSync(join(states, name), stream.folder, { recursive: true })
  return { stream, store: openTasks(stream, now) }
}

test.each(readdirSync(states))(
  'the old state %s still loads, and reading leaves its files unchanged',
  (name) => {
    const { stream, store } = load(name)
    const before = readdirSync(stream.folder).map((file) => get(join(stream.folder, file)))
    expect(store.read().tasks.length).toBeGreaterThan(0)
    expect(readdirSync(stream.folder).map((file) => get(join(stream.folder, file)))).toEqual(before)
  },
)

test.each(readdirSync(states))(
  'after its first write the old state %s has the same content',
  async (name) => {
    const { store } = load(name)
    const before = store.read()
    await store.commit(({ tasks }) => tasks.forEach((task) => (task.breadcrumb = 'written')))
    const after = store.read()
    for (const task of before.tasks) task.breadcrumb = 'written'
    expect(after).toEqual({ ...before, last_updated: now().toISOString() })
  },
)

test('ids are padded and put in order, all other fields are kept', () => {
  const { tasks } = load('v1-plain').store.read()
  expect(tasks.map(({ id }) => id)).toEqual(['01.01.01.01', '01.01.01.02', '01.01.01.10', '01.02.01.01'])
  expect(tasks[2]).toMatchObject({ github_issue: { number: 7 } })
  expect(tasks.some((task) => 'sessions' in task)).toBe(false)
})

test('sessions are gathered on the first task of their thread, each once, oldest first; a running one is lost', () => {
  const { tasks } = load('v1-sessions').store.read()
  expect(tasks.map((task) => task.sessions?.map(({ sessionId }) => sessionId))).toEqual([
    ['ses_c', 'ses_a', 'ses_b'],
    undefined,
    undefined,
    undefined,
  ])
  expect(tasks[0]?.sessions?.[1]).toMatchObject({
    exitCode: 1,
    completedAt: '2026-01-20T10:30:00.000Z',
    host: 'laptop',
  })
  expect(tasks[0]?.sessions?.[2]).toMatchObject({ status: 'interrupted', reason: 'lost' })
  expect(tasks[0]).not.toHaveProperty('currentSessionId')
  expect(tasks[0]?.status).toBe('in_progress')
})

test("the data of threads.json is merged: ends, sessions, the runner's real id, and the rest", () => {
  const [first, , other] = load('v1-threads').store.read().tasks
  expect(first?.sessions).toMatchObject([
    { sessionId: 'ses_one', status: 'completed', completedAt: '2026-01-20T10:30:00.000Z' },
    { sessionId: 'ses_two', note: 'kept', runnerSessionId: 'ses_real' },
  ])
  expect(first?.sessions?.[0]).not.toHaveProperty('runnerSessionId')
  expect(first?.thread_v1).toMatchObject({
    opencodeSessionId: 'ses_outer',
    workingAgentSessionId: 'ses_real',
    synthesis: { output: 'It works.' },
  })
  expect(other?.thread_v1).toEqual({ opencodeSessionId: 'ses_printer' })
})

test('the first write keeps the old file byte for byte; then threads.json is no longer read', async () => {
  const { stream, store } = load('v1-threads')
  const before = get(stream.tasks)
  await store.commit(({ tasks }) => tasks.forEach((task) => (task.status = 'completed')))
  const backup = 'tasks.backup-2026-02-03T04-05-06-789Z.json'
  expect(readdirSync(stream.folder)).toEqual([backup, 'tasks.json', 'threads.json'])
  expect(get(join(stream.folder, backup))).toBe(before)

  put(stream.threadsV1, 'not even JSON')
  expect(store.read()).toMatchObject({ version: '2.0.0', threads: {} })
  await store.commit(({ tasks }) => tasks.forEach((task) => (task.status = 'pending')))
  expect(readdirSync(stream.folder)).toEqual([backup, 'tasks.json', 'threads.json'])
})

test('a change that throws does not migrate the file', async () => {
  const { stream, store } = load('v1-sessions')
  const before = get(stream.tasks)
  await thrownBy(() =>
    store.commit(() => {
      throw new Error('no')
    }),
  )
  expect(get(stream.tasks)).toBe(before)
  expect(readdirSync(stream.folder)).toEqual(['tasks.json'])
})

const broken: [string, unknown, string][] = [
  [
    'lacks a field',
    { version: '1.0.0', threads: [{}] },
    'threads[0].threadId: found nothing, expected text.',
  ],
  ['is half a file', '{ "version": "1.0.0", "thr', 'threads.json:1:'],
  ['is empty', '', 'invalid JSON: found the end of the file'],
  ['is of a later version', { version: '3.0.0', threads: [] }, 'found version "3.0.0"'],
  ['holds no list', { version: '1.0.0', threads: {} }, 'threads: found an object, expected a list'],
]

test.each(broken)(
  'with a threads.json that %s the tasks are read, and the reason is recorded',
  async (_, content, why) => {
    const { stream, store } = load('v1-threads')
    const text = put(stream.threadsV1, content)
    expect(store.read()).toMatchObject({
      tasks: [{ sessions: [{ sessionId: 'ses_one', status: 'interrupted' }] }, {}, {}],
      threads_v1_unread: expect.stringContaining(why),
    })

    const before = get(stream.tasks)
    for (const report of ['one', 'two']) {
      await store.commit(({ tasks }) => tasks.forEach((task) => (task.report = report)))
    }
    expect(get(stream.threadsV1)).toBe(text)
    const backups = readdirSync(stream.folder).filter((name) => name.startsWith('tasks.backup-'))
    expect(backups.map((name) => get(join(stream.folder, name)))).toEqual([before])
    expect(store.read()).toMatchObject({ version: '2.0.0', threads_v1_unread: expect.stringContaining(why) })
  },
)

test('a repaired threads.json is imported later, before newer sessions', async () => {
  const { stream, store } = load('v1-threads')
  const sound = get(stream.threadsV1)
  const whole = load('v1-threads').store.read()
  put(stream.threadsV1, sound.slice(0, -10))
  const own = runningSession({
    sessionId: 'ses_new',
    status: 'running',
    startedAt: '2020-01-01T00:00:00.000Z',
  })
  await store.commit(({ tasks: [first] }) => {
    first?.sessions?.push(own)
    Object.assign(first ?? {}, { currentSessionId: 'ses_new' })
  })
  put(stream.threadsV1, sound)

  const [first, ...others] = store.read().tasks
  expect(first?.sessions).toEqual([...(whole.tasks[0]?.sessions ?? []), own])
  expect(first).toMatchObject({ currentSessionId: 'ses_new', thread_v1: whole.tasks[0]?.thread_v1 })
  expect(others).toEqual(whole.tasks.slice(1))
  await store.commit(({ tasks }) => tasks.forEach((task) => (task.report = 'done')))
  expect(JSON.parse(get(stream.tasks))).not.toHaveProperty('threads_v1_unread')
  expect(store.read().tasks[0]?.sessions).toEqual(first?.sessions)
})

test('a broken threads.json that was deleted is no longer mentioned', async () => {
  const { stream, store } = load('v1-threads')
  put(stream.threadsV1, 'oh')
  await store.commit(({ tasks }) => tasks.forEach((task) => (task.report = 'done')))
  rmSync(stream.threadsV1)
  expect(store.read()).not.toHaveProperty('threads_v1_unread')
})

test('invalid session records of threads.json are set aside, and the others are imported', () => {
  const { stream, store } = load('v1-threads')
  const file: { threads: { sessions: unknown }[] } = JSON.parse(get(stream.threadsV1))
  const [one, two] = file.threads
  Object.assign(one ?? {}, { sessions: [{ sessionId: 'ses_odd' }, ...Object.values(one?.sessions ?? {})] })
  Object.assign(two ?? {}, { sessions: 'gone' })
  put(stream.threadsV1, file)
  const { tasks, threads_v1_unread: unread } = store.read()
  expect(unread).toBe(undefined)
  expect(tasks[0]?.sessions).toMatchObject([{ sessionId: 'ses_one' }, { sessionId: 'ses_two' }])
  expect(tasks[0]).toMatchObject({ damaged_sessions: [{ sessionId: 'ses_odd' }] })
  expect(tasks[0]?.thread_v1).not.toHaveProperty('damaged_sessions')
  expect(tasks.map((task) => task.damaged_sessions)).toContainEqual(['gone'])
})

test('a file of a later minor version keeps its version and content', async () => {
  const { stream, store } = load('v2-later')
  const before = get(stream.tasks)
  await store.commit(({ tasks }) => tasks.forEach((task) => (task.name += '!')))
  const after = get(stream.tasks)
    .replaceAll('!"', '"')
    .replace(now().toISOString(), '2026-02-01T12:00:00.000Z')
  expect(after).toBe(before)
})
