import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openTasks } from '../../../src/store/tasks/tasks.ts'
import { useWorkers, type Worker } from '../workers.ts'
import { get, makeWorkspace, now, put } from '../../builders/workspace.ts'
import { task, tasksFile } from '../../builders/records.ts'

const workers = useWorkers()

test('forty processes that change one file at once lose nothing, and a reader always finds a whole file', async () => {
  const { root, stream } = makeWorkspace()
  const ids = Array.from({ length: 20 }, (_, index) => `01.01.01.${String(index + 1).padStart(2, '0')}`)
  put(stream.tasks, tasksFile(ids.map((id) => task({ id }))))
  const store = openTasks(stream, now)

  // Two processes for each task, so that changes of the same task compete too.
  const writers = [...ids, ...ids].map((id) => workers.start('report', root, id, '4'))
  const all = Promise.all(writers.map(({ ended }) => ended)).then(() => true)
  let reads = 0
  while (!(await Promise.race([all, nextTurn()]))) {
    expect(store.read().tasks).toHaveLength(20)
    reads++
  }

  expect(writers.map(({ lines }) => lines.length)).toEqual(writers.map(() => 4))
  expectAcknowledged(writers, get(stream.tasks))
  expect(reads).toBeGreaterThan(10)
})

test('a killed holder of the lock frees the others', async () => {
  const { root, stream } = makeWorkspace()
  put(stream.tasks, tasksFile())
  const holder = workers.start('hold', stream.tasksLock)
  await holder.says('held')
  const waiting = workers.start('report', root, '01.01.01.01', '1')
  const store = openTasks(stream, now)
  const committed = store.commit(({ tasks }) => tasks.length)

  await holder.kill()
  expect(await committed).toBe(2)
  await waiting.says(/#1$/)
})

test('writers killed at random moments lose no acknowledged change, and the next commit removes their leftovers', async () => {
  const { root, stream } = makeWorkspace()
  const report = 'long '.repeat(20_000)
  put(stream.tasks, tasksFile([task({ id: '01.01.01.01' }), task({ id: '01.01.01.02', report })]))
  const store = openTasks(stream, now)
  const killed: Worker[] = []

  for (let round = 0; round < 12; round++) {
    const pair = [
      workers.start('report', root, '01.01.01.01', '10000'),
      workers.start('report', root, '01.01.01.01', '10000'),
    ]
    await Promise.all(pair.map((worker) => worker.says(/#1$/)))
    await spin(Math.random() * 40)
    await Promise.all(pair.map((worker) => worker.kill()))
    killed.push(...pair)
    store.read()
  }
  await store.commit(({ tasks }) => tasks.forEach((each) => (each.breadcrumb = 'after')))

  expectAcknowledged(killed, get(stream.tasks))
  expect(readdirSync(stream.folder)).toEqual(['tasks.json'])
})

test('a write on a full disk fails with an error and leaves the file unchanged', async () => {
  const { root, stream } = makeWorkspace()
  const before = put(stream.tasks, tasksFile())
  const worker = workers.startLimited(64, 'fill', root, '200000')
  await worker.ended

  expect(worker.lines).toHaveLength(1)
  expect(worker.lines[0]).toMatch(
    /^disk-full: .*tasks\.json could not be written: the disk \/.* has no room for it/,
  )
  expect(get(stream.tasks)).toBe(before)
  expect(readdirSync(stream.folder)).toEqual(['tasks.json'])
})

test('a smaller text is written under the same limit', async () => {
  const { root, stream } = makeWorkspace()
  put(stream.tasks, tasksFile())
  const worker = workers.startLimited(64, 'fill', root, '2000')
  await worker.says('written')
  expect(openTasks(stream, now).read().tasks[0]?.report).toHaveLength(2000)
})

test('locks are in a folder that git ignores', async () => {
  const { run, stream } = makeWorkspace()
  await openTasks(stream, now).commit(() => undefined)
  expect(get(join(run, '.gitignore'))).toBe('*\n')
})

function expectAcknowledged(writers: Worker[], text: string): void {
  const missing = writers.flatMap(({ lines }) => lines).filter((line) => !text.includes(` ${line}`))
  expect(missing).toEqual([])
}

function nextTurn(): Promise<false> {
  return new Promise((resolve) => setImmediate(() => resolve(false)))
}

/**
 * Lets the workers run for some milliseconds. This test is about the moment of a kill: there is no condition to wait
 * for.
 */
function spin(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
