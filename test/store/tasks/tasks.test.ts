import { chmodSync, lstatSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { WorkError } from '../../../src/errors.ts'
import { openTasks } from '../../../src/store/tasks/tasks.ts'
import { get, makeWorkspace, now, put, thrownBy } from '../../builders/workspace.ts'
import { task, tasksFile } from '../../builders/records.ts'

test('a workstream without tasks.json has no tasks, and reading creates no file', () => {
  const { stream } = makeWorkspace()
  expect(openTasks(stream, now).read()).toMatchObject({
    version: '2.0.0',
    stream_id: '001-demo',
    tasks: [],
    threads: {},
  })
  expect(readdirSync(stream.folder)).toEqual([])
})

test('the first commit creates the file, sorted by id and stamped', async () => {
  const { stream } = makeWorkspace()
  const added = await openTasks(stream, now).commit((file) => {
    file.tasks.push(...['01.01.01.100', '01.01.01.2', '01.01.01.10'].map((id) => task({ id })))
    return file.tasks.length
  })
  expect(added).toBe(3)
  const { tasks, last_updated } = openTasks(stream, now).read()
  expect(tasks.map(({ id }) => id)).toEqual(['01.01.01.02', '01.01.01.10', '01.01.01.100'])
  expect(last_updated).toBe('2026-02-03T04:05:06.789Z')
})

test('a commit changes only what it changed: order of fields and unknown fields stay', async () => {
  const { stream } = makeWorkspace()
  const before = put(stream.tasks, {
    mood: { is: 'good' },
    last_updated: '2026-01-01T00:00:00.000Z',
    tasks: [{ priority: 1, ...task({ id: '01.01.01.01', report: '"last_updated": "x"' }), tags: ['a'] }],
    version: '2.0.0',
    threads: {
      '01.01.01': { seal: 1, machine: 'thread', version: 1, savedAt: 'x', snapshot: { deep: [null] } },
    },
    stream_id: '001-demo',
  })
  await openTasks(stream, now).commit(({ tasks }) => tasks.forEach((each) => (each.status = 'completed')))
  const expected = before
    .replace('"status": "pending"', '"status": "completed"')
    .replace('"last_updated": "2026-01-01T00:00:00.000Z"', '"last_updated": "2026-02-03T04:05:06.789Z"')
  expect(get(stream.tasks)).toBe(expected)
})

test('a change that changes nothing is acknowledged and writes nothing', async () => {
  const { stream } = makeWorkspace()
  const before = put(stream.tasks, tasksFile())
  const { ino, mtimeMs } = statSync(stream.tasks)
  expect(await openTasks(stream, now).commit(({ tasks }) => tasks.length)).toBe(2)
  expect(get(stream.tasks)).toBe(before)
  expect(statSync(stream.tasks)).toMatchObject({ ino, mtimeMs })
})

test('a commit keeps the mode of the file, and follows a link to it', async () => {
  const { root, stream } = makeWorkspace()
  const real = join(root, 'elsewhere.json')
  put(real, tasksFile())
  chmodSync(real, 0o640)
  symlinkSync(real, stream.tasks)
  await openTasks(stream, now).commit(({ tasks }) => tasks.pop())
  expect(lstatSync(stream.tasks).isSymbolicLink()).toBe(true)
  expect(statSync(real).mode & 0o777).toBe(0o640)
  expect(openTasks(stream, now).read().tasks).toHaveLength(1)
})

test('a commit removes the leftovers of killed writers', async () => {
  const { stream } = makeWorkspace()
  put(stream.tasks, tasksFile())
  put(join(stream.folder, '.tasks.json.next-99999999-1'), 'half')
  put(join(stream.folder, '.tasks.json.next-99999999-2.99'), 'half')
  put(join(stream.folder, '.tasks.json.note'), 'mine')
  await openTasks(stream, now).commit(({ tasks }) => tasks.pop())
  expect(readdirSync(stream.folder)).toEqual(['.tasks.json.note', 'tasks.json'])
})

const good = tasksFile()
const text = JSON.stringify(good, null, 2)
const refused: [string, unknown, string, string][] = [
  [
    'is cut off',
    text.slice(0, -2),
    'file-broken',
    'tasks.json:27:16: invalid JSON: found the end of the file, expected , or }.',
  ],
  [
    'lacks a comma',
    text.replace('0",\n  "stream', '0"\n  "stream'),
    'file-broken',
    'tasks.json:3:3: invalid JSON: found "\\"stream_id\\": \\"001-de", expected , or }.',
  ],
  [
    'is empty',
    '',
    'file-broken',
    'tasks.json:1:1: invalid JSON: found the end of the file, expected a value.',
  ],
  [
    'has marks of a conflict',
    `{\n<<<<<<< HEAD\n}`,
    'file-conflict',
    'tasks.json:2: found markers of an unresolved merge conflict',
  ],
  [
    'has an unknown status',
    text.replace('"pending"', '"doing"'),
    'file-invalid',
    'tasks.json:11:17: tasks[0] (01.01.01.01).status: found "doing", expected one of pending, in_progress, completed, blocked, cancelled.',
  ],
  [
    'lacks a field',
    text.replace('      "name": "Do 01.01.01.02",\n', ''),
    'file-invalid',
    'tasks.json:16:5: tasks[1] (01.01.01.02).name: found nothing, expected text.',
  ],
  [
    'has an id that is none',
    text.replace('"01.01.01.02"', '"1.1.x"'),
    'file-invalid',
    'tasks.json:24:13: tasks[1].id: found "1.1.x", expected the form 01.02.03.04.',
  ],
  [
    'has an id twice',
    text.replace('"01.01.01.02"', '"1.1.1.1"'),
    'file-invalid',
    'tasks.json:24:13: tasks[1] has the id 01.01.01.01 of tasks[0], expected unique ids.',
  ],
  ['is a list', '[]', 'file-version', 'found version nothing, expected 2.0.0, or 1.0.0 to migrate.'],
  ['is of a version to come', { ...good, version: '3.0.0' }, 'file-version', 'found version "3.0.0"'],
  ['has a version that is none', { ...good, version: 2 }, 'file-version', 'found version 2,'],
]

test.each(refused)(
  'a tasks.json that %s stops reads and commits, and is left unchanged',
  async (_, content, code, words) => {
    const { stream } = makeWorkspace()
    const before = put(stream.tasks, content)
    const store = openTasks(stream, now)
    for (const action of [() => store.read(), () => store.commit(({ tasks }) => tasks.pop())]) {
      const error = await thrownBy(action)
      expect(error).toBeInstanceOf(WorkError)
      expect(error).toMatchObject({ code, message: expect.stringContaining(words) })
      expect(String(error)).toContain('work/001-demo/tasks.json')
    }
    expect(get(stream.tasks)).toBe(before)
    expect(readdirSync(stream.folder)).toEqual(['tasks.json'])
  },
)

test('bytes that are not UTF-8 are refused rather than replaced', async () => {
  const { stream } = makeWorkspace()
  writeFileSync(stream.tasks, Buffer.from([0x7b, 0xff, 0x7d]))
  expect(await thrownBy(() => openTasks(stream, now).read())).toMatchObject({ code: 'file-unreadable' })
})

test('a workspace that another tool keeps in a database is an error', async () => {
  const { work, stream } = makeWorkspace()
  put(join(work, 'db.sqlite'), '')
  expect(await thrownBy(() => openTasks(stream, now).read())).toMatchObject({ code: 'database-workspace' })
  put(stream.tasks, tasksFile())
  expect(openTasks(stream, now).read().tasks).toHaveLength(2)
})
