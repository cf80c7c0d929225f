import { expect, test } from 'vitest'
import { carryOutStop, planStop, type StopOptions } from '../../src/engine/stop.ts'
import { threadsOf } from '../../src/threads/thread.ts'
import { pause } from '../../src/ui/pause.ts'
import { makeWorld } from './world.ts'
import { alive } from './working.ts'

const options: StopOptions = {
  force: false,
  from: { pid: process.pid, command: 'work stop' },
  signal: new AbortController().signal,
  pause,
}

/** A run of two threads, one at a time, whose process changed after the stop had been planned. */
async function handedOver() {
  const world = makeWorld({ threads: ['01.01.01', '01.01.02'], parallel: 1 })
  const run = await world.run()
  await alive(world, '01.01.01')
  const observe = () => Promise.resolve(threadsOf(world.tasks.read()))
  const idle = { requests: [], unsupervised: [], running: [], waiting: [] }
  const stop = (plan: object, ids?: string[]) =>
    carryOutStop(world.stream, { ...idle, ...plan }, { observe, ids }, () => Promise.resolve(world), options)
  return { world, run, stop, observe }
}

test('a stop of a run that had no process for a moment asks the process that took it over', async () => {
  const { world, run, stop } = await handedOver()
  const done = await stop({ unsupervised: ['01.01.01'], running: ['01.01.01'] })
  expect(done).toMatchObject({ running: ['01.01.01'], waiting: [] })
  expect(await run.finished).toMatchObject({ end: 'interrupted' })
  expect(world.disk().status).toBe('interrupted')
  expect(world.disk('01.01.02').status).toBe('pending')
})

test('a stop that the earlier process of a run did not read asks the next one', async () => {
  const { world, run, stop } = await handedOver()
  const earlier = { pid: process.pid, command: 'work run', since: '2026-01-01T00:00:00.000Z' }
  await stop({ requests: [{ to: earlier }], running: ['01.01.01'] })
  expect(await run.finished).toMatchObject({ end: 'interrupted' })
  expect(world.disk().status).toBe('interrupted')
})

test('a stop of one thread that was handed over leaves the rest of the run alone', async () => {
  const { world, run, stop, observe } = await handedOver()
  await stop({ unsupervised: ['01.01.01'], running: ['01.01.01'] }, ['01.01.01'])
  await alive(world, '01.01.02')
  expect(world.disk().status).toBe('interrupted')
  expect(await planStop(world.stream, await observe(), undefined)).toMatchObject({ running: ['01.01.02'] })
  world.runner.finish('01.01.02')
  expect(await run.finished).toMatchObject({ end: 'halted' })
})
