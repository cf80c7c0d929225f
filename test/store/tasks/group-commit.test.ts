import { statSync } from 'node:fs'
import { expect, test } from 'vitest'
import { withLock } from '../../../src/store/lock.ts'
import { openTasks } from '../../../src/store/tasks/tasks.ts'
import type { TasksFile } from '../../../src/store/tasks/schema.ts'
import { get, makeWorkspace, now, put } from '../../builders/workspace.ts'
import { tasksFile } from '../../builders/records.ts'

const report = (words: string) => (file: TasksFile) => {
  for (const task of file.tasks) task.report = `${task.report ?? ''}${words}`
}

test('changes that wait together are written once, first in, first out', async () => {
  const { stream } = makeWorkspace()
  put(stream.tasks, tasksFile())
  const store = openTasks(stream, now)
  const written = new Set<number>()
  await Promise.all(
    ['a', 'b', 'c', 'd'].map(async (words) => {
      await store.commit(report(words))
      written.add(statSync(stream.tasks).ino)
    }),
  )
  expect(store.read().tasks[0]?.report).toBe('abcd')
  expect(written.size).toBe(1)
})

test('a change that throws rejects its own promise and leaks nothing', async () => {
  const { stream } = makeWorkspace()
  put(stream.tasks, tasksFile())
  const store = openTasks(stream, now)
  const results = await Promise.allSettled([
    store.commit(report('a')),
    store.commit((file) => {
      report('LEAK')(file)
      throw new Error('no')
    }),
    store.commit(report('b')),
  ])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(store.read().tasks[0]?.report).toBe('ab')
})

test('a change that makes the file invalid is refused, the others of its batch are written', async () => {
  const { stream } = makeWorkspace()
  put(stream.tasks, tasksFile())
  const store = openTasks(stream, now)
  const results = await Promise.allSettled([
    store.commit(report('a')),
    store.commit(({ tasks }) => tasks.push(...tasks)),
    store.commit(({ tasks }) => tasks.forEach((task) => (task.id = 'x'))),
    store.commit(({ tasks }) => tasks.forEach((task) => Object.assign(task, { status: 'doing' }))),
    store.commit(report('b')),
  ])
  const reasons = results.map((result) => (result.status === 'rejected' ? String(result.reason) : 'written'))
  expect(reasons).toEqual([
    'written',
    expect.stringContaining('tasks[2] has the id 01.01.01.01 of tasks[0]'),
    expect.stringContaining('found "x", expected the form 01.02.03.04'),
    expect.stringContaining('tasks[0] (01.01.01.01).status: found "doing"'),
    'written',
  ])
  expect(store.read().tasks.map((task) => task.report)).toEqual(['ab', 'ab'])
})

test('a single change that throws leaves the file unchanged, byte for byte', async () => {
  const { stream } = makeWorkspace()
  const before = put(stream.tasks, tasksFile())
  const refused = openTasks(stream, now).commit((file) => {
    report('LEAK')(file)
    throw new RangeError('no')
  })
  await expect(refused).rejects.toThrow(RangeError)
  expect(get(stream.tasks)).toBe(before)
})

test('a change sees what others wrote while it waited for the lock', async () => {
  const { stream } = makeWorkspace()
  put(stream.tasks, tasksFile())
  let committed: Promise<void> = Promise.resolve()
  await withLock(stream.tasksLock, () => {
    committed = openTasks(stream, now).commit(report('b'))
    put(stream.tasks, tasksFile(tasksFile().tasks.map((task) => ({ ...task, report: 'a' }))))
  })
  await committed
  expect(openTasks(stream, now).read().tasks[0]?.report).toBe('ab')
})

test("if the file can't be read, all changes of the batch are rejected, and later ones work again", async () => {
  const { stream } = makeWorkspace()
  put(stream.tasks, '{')
  const store = openTasks(stream, now)
  const results = await Promise.allSettled([store.commit(report('a')), store.commit(report('b'))])
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  put(stream.tasks, tasksFile())
  await store.commit(report('c'))
  expect(store.read().tasks[0]?.report).toBe('c')
})
