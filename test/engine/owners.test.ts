import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { ownerOf, ownThreads } from '../../src/engine/owners.ts'
import { useBundles } from '../helpers/bundle.ts'
import { endAll, fixture } from '../helpers/processes.ts'
import { until } from '../helpers/until.ts'
import { makeWorld } from './world.ts'
import { formatMoment } from '../../src/moment.ts'

const bundled = useBundles('src/agents/recorder.ts', 'test/engine/crash-driver.ts')
const self = { pid: process.pid, command: 'work multi', since: '2026-02-03T04:00:00.000Z' }

it('threads are owned all or none', async () => {
  const { stream } = makeWorld()
  const second = await ownThreads(stream, ['01.01.02'], self)
  await expect(ownThreads(stream, ['01.01.01', '01.01.02'], self)).rejects.toMatchObject({
    code: 'thread-busy',
    message: `Thread 01.01.02 is being run by process ${process.pid} (work multi) since ${formatMoment(self.since)}.`,
  })
  expect(await ownerOf(stream, '01.01.01')).toBeUndefined()
  expect(await ownerOf(stream, '01.01.02')).toEqual(self)
  second.release()
  expect(await ownerOf(stream, '01.01.02')).toBeUndefined()
})

it('a thread is free as soon as the process that owns it is dead, though its agent lives on', async () => {
  const world = makeWorld()
  const { stream } = world
  const { root } = world.workspace
  onTestFinished(() => endAll('WORK_ROOT', root))
  const agent = [process.execPath, fixture('hang')]
  const args = [bundled('crash-driver'), root, bundled('recorder'), '', ...agent]
  const driver = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  onTestFinished(() => void driver.kill('SIGKILL'))
  await until(() => world.disk().sessions.at(-1)?.process !== undefined, 'the agent on disk')

  await expect(world.run()).rejects.toThrow(
    new RegExp(`^Thread 01\\.01\\.01 is being run by process ${driver.pid} \\(work continue\\) since `),
  )
  expect(world.runner.calls).toEqual([])

  const gone = once(driver, 'close')
  driver.kill('SIGKILL')
  await gone
  expect(existsSync(join(stream.owners, '01.01.01'))).toBe(true)
  expect(await ownerOf(stream, '01.01.01')).toBeUndefined()
  world.runner.sight = { type: 'alive', process: null }
  const run = await world.run()
  run.leave()
  expect(await run.finished).toMatchObject({ end: 'left' })
})
