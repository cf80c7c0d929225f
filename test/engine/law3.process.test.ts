import { expect, it } from 'vitest'
import { exited } from './scripted-runner.ts'
import { briefOf, makeWorld, type TestWorld } from './world.ts'
import { until } from '../helpers/until.ts'
import { refusedThread, runningThread } from '../builders/threads.ts'

/** The state of its thread in tasks.json at each call to the runner. */
function record(world: TestWorld): string[] {
  const seen: string[] = []
  world.runner.onCall = (call) => seen.push(briefOf(world, call))
  return seen
}

it('a session is on disk, with its id and token, when it is started and watched', async () => {
  const world = makeWorld()
  const seen = record(world)
  world.runner.fate = () => exited(0)
  await world.runAll()
  expect(seen).toEqual([
    'start: running with its session, {"running":"starting"}',
    'watch: running with its session, {"running":"working"}',
  ])
})

it('a session is on disk as being ended when it is ended', async () => {
  const world = makeWorld()
  const seen = record(world)
  const run = await world.run()
  await until(() => world.runner.living.join() === '01.01.01')
  run.interrupt(false)
  await run.finished
  expect(seen).toContain('end: running with its session, {"running":"ending"}')
})

it('a session with the next model is on disk before that is tried', async () => {
  const world = makeWorld(refusedThread())
  const seen = record(world)
  world.runner.sight = { type: 'ended', evidence: exited(1) }
  world.runner.fate = () => exited(0)
  await world.runAll()
  expect(seen).toEqual([
    'look: running with its session, {"running":"reconciling"}',
    'start: running with its session, {"running":"starting"}',
    'watch: running with its session, {"running":"working"}',
  ])
})

it('a restored session is on disk as being looked at before it is looked at, and started only if it was not', async () => {
  const world = makeWorld(runningThread())
  const seen = record(world)
  world.runner.fate = () => exited(0)
  await world.runAll()
  expect(seen).toEqual([
    'look: running with its session, {"running":"reconciling"}',
    'start: running with its session, {"running":"starting"}',
    'watch: running with its session, {"running":"working"}',
  ])
})

it('of forty threads at once each is on disk when it is started', async () => {
  const threads = Array.from({ length: 40 }, (_, index) => `01.01.${String(index + 1).padStart(2, '0')}`)
  const world = makeWorld({ threads, parallel: 40 })
  const seen = record(world)
  world.runner.fate = () => exited(0)
  await world.runAll()
  expect(seen.filter((call) => !call.includes(' with its session'))).toEqual([])
  expect(seen.filter((call) => call.startsWith('start'))).toHaveLength(40)
})
