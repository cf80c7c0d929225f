import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { ownerOf, ownThreads } from '../../src/threads/leases.ts'
import { loadKernelLocks } from '../../src/store/lock.ts'
import { put } from '../store/workspace.ts'
import { useBundles } from '../helpers/bundle.ts'
import { endAll, fixture } from '../helpers/processes.ts'
import { until } from '../helpers/until.ts'
import { makeWorld } from './world.ts'
import { formatMoment } from '../../src/text/dates.ts'

const bundled = useBundles('src/runners/recorded/recorder.ts', 'test/engine/crash-driver.ts')
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

const ids = Array.from({ length: 1000 }, (_, index) => `01.01.${String(index + 1).padStart(2, '0')}`)

/** How many files of this folder this process has open. */
function openFilesIn(folder: string): number {
  return readdirSync('/proc/self/fd').filter((fd) => targetOf(`/proc/self/fd/${fd}`).startsWith(folder))
    .length
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link)
  } catch {
    // It was closed in the meantime.
    return ''
  }
}

it('the owner of a thousand threads has one descriptor for them, and releases each of them alone', async () => {
  const { stream } = makeWorld()
  const owned = await ownThreads(stream, ids, self)
  expect(openFilesIn(stream.owners)).toBe(1)
  await expect(ownThreads(stream, ['01.01.1000'], self)).rejects.toMatchObject({ code: 'thread-busy' })

  owned.release('01.01.500')
  expect(await ownerOf(stream, '01.01.500')).toBeUndefined()
  expect(await ownerOf(stream, '01.01.499')).toEqual(self)
  const other = { ...self, command: 'work fix' }
  const taken = await ownThreads(stream, ['01.01.500'], other)
  expect(await ownerOf(stream, '01.01.500')).toEqual(other)
  owned.release('01.01.500')
  expect(await ownerOf(stream, '01.01.500')).toEqual(other)

  owned.release()
  expect(await ownerOf(stream, '01.01.499')).toBeUndefined()
  expect(await ownerOf(stream, '01.01.500')).toEqual(other)
  taken.release()
  expect(openFilesIn(stream.owners)).toBe(0)
})

it('threads whose locks were removed are owned again, unless another process has one of them by then', async () => {
  const { stream } = makeWorld()
  const three = ['01.01.01', '01.01.02', '01.01.03']
  const owned = await ownThreads(stream, three, self)
  rmSync(stream.owners, { recursive: true })
  await owned.renew('01.01.02')
  await owned.renew()
  for (const id of three) expect(await ownerOf(stream, id)).toEqual(self)
  expect(openFilesIn(stream.owners)).toBe(2)

  rmSync(stream.owners, { recursive: true })
  const other = await ownThreads(stream, ['01.01.03'], { ...self, command: 'work fix' })
  await expect(owned.renew()).rejects.toMatchObject({
    code: 'thread-taken',
    message: expect.stringMatching(/^Thread 01\.01\.03 was taken over by process \d+ \(work fix\)/),
  })
  owned.release()
  expect(await ownerOf(stream, '01.01.03')).toMatchObject({ command: 'work fix' })
  other.release()
})

it('a lock of an earlier version, one file for each thread, is respected', async () => {
  const { stream } = makeWorld()
  put(join(stream.owners, '01.01.02'), JSON.stringify({ ...self, command: 'work of before' }))
  const held = openSync(join(stream.owners, '01.01.02'), 'a+')
  try {
    expect((await loadKernelLocks()).tryLock(held)).toBe(true)
    await expect(ownThreads(stream, ['01.01.01', '01.01.02'], self)).rejects.toMatchObject({
      code: 'thread-busy',
      message: expect.stringContaining('work of before'),
    })
    expect(await ownerOf(stream, '01.01.01')).toBeUndefined()
  } finally {
    closeSync(held)
  }
  const owned = await ownThreads(stream, ['01.01.01', '01.01.02'], self)
  // And the other way round.
  const opened = openSync(join(stream.owners, '01.01.02'), 'a+')
  expect((await loadKernelLocks()).tryLock(opened)).toBe(false)
  closeSync(opened)
  owned.release()
})

it('a thread is free as soon as the process that owns it is dead, although its agent keeps running', async () => {
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
