import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { claim, claimAll, holderOf, withLock } from '../../src/store/lock.ts'
import { useWorkers } from './workers.ts'
import { get, makeWorkspace, put } from '../builders/workspace.ts'

const workers = useWorkers()
const self = { pid: process.pid, command: 'work fix', since: '2026-01-01T00:00:00.000Z' }

test('of two processes that claim a thread, the second one gets the owner', async () => {
  const path = join(makeWorkspace().stream.owners, '01.01.01')
  const owner = workers.start('claim', path)
  await owner.says('owned')
  expect(await claim(path, self)).toMatchObject({ holder: { pid: owner.pid, command: 'work multi' } })
  expect(await holderOf(path)).toMatchObject({ pid: owner.pid })
})

test('a killed owner no longer holds a lock, whatever its file says', async () => {
  const path = join(makeWorkspace().stream.owners, '01.01.01')
  const owner = workers.start('claim', path)
  await owner.says('owned')
  await owner.kill()
  expect(get(path)).toContain(String(owner.pid))
  expect(await holderOf(path)).toBeUndefined()

  const mine = await claim(path, self)
  expect(await holderOf(path)).toEqual(self)
  if ('release' in mine) mine.release()
})

test('of ten processes that claim at once, one wins', async () => {
  const path = join(makeWorkspace().stream.owners, '01.01.01')
  const claimants = Array.from({ length: 10 }, () => workers.start('claim', path))
  await Promise.all(claimants.map((each) => each.says(/./)))
  const winners = claimants.filter(({ lines }) => lines[0] === 'owned')
  expect(winners).toHaveLength(1)
  const refusals = claimants.filter((each) => each !== winners[0]).map(({ lines }) => lines[0])
  expect(new Set(refusals)).toEqual(new Set([`held by ${winners[0]?.pid}`]))
})

test('one process can claim once, and again after it released', async () => {
  const path = join(makeWorkspace().stream.owners, '01.01.01')
  const first = await claim(path, self)
  expect(await claim(path, self)).toEqual({ holder: self })
  if ('release' in first) first.release()
  expect(await holderOf(path)).toBeUndefined()
  const second = await claim(path, self)
  expect(second).toHaveProperty('release')
  if ('release' in second) second.release()
})

test('asking who owns a thread never makes a claim fail', async () => {
  const path = join(makeWorkspace().stream.owners, '01.01.01')
  put(path, '')
  for (let round = 0; round < 50; round++) {
    const [, claimed] = await Promise.all([holderOf(path), claim(path, self), holderOf(path)])
    expect(claimed).toHaveProperty('release')
    if ('release' in claimed) claimed.release()
  }
})

test('a lock file with a broken text is held by an unknown process', async () => {
  const path = join(makeWorkspace().stream.owners, '01.01.01')
  const mine = await claim(path, self)
  put(path, 'not JSON')
  expect(await claim(path, self)).toEqual({ holder: undefined })
  if ('release' in mine) mine.release()
})

test('within a process a lock lets one in at a time, in request order, even after one threw', async () => {
  const path = join(makeWorkspace().run, 'locks', 'x')
  const order: string[] = []
  const enter = (name: string) =>
    withLock(path, async () => {
      order.push(`${name} in`)
      await Promise.resolve()
      order.push(`${name} out`)
      if (name === 'a') throw new Error('a failed')
    })
  const results = await Promise.allSettled(['a', 'b', 'c'].map(enter))
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
  expect(order).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out'])
})

test('a removed lock can be claimed again, even by concurrent requests', async () => {
  const { owners } = makeWorkspace().stream
  const paths = [join(owners, '01.01.01'), join(owners, '01.01.02')]
  const claimed = await claimAll(paths, self)
  if (!('release' in claimed)) throw new Error('not claimed')
  rmSync(owners, { recursive: true })
  expect(claimed.isIntact()).toBe(false)
  expect(await Promise.all([claimed.renew(), claimed.renew(paths[1]), claimed.renew()])).toEqual([
    undefined,
    undefined,
    undefined,
  ])
  expect(claimed.isIntact()).toBe(true)
  expect(await Promise.all(paths.map((path) => holderOf(path)))).toEqual([self, self])
  claimed.release()
  expect(await Promise.all(paths.map((path) => holderOf(path)))).toEqual([undefined, undefined])
})

test('a thread that is released while its lock is renewed has no owner', async () => {
  const { owners } = makeWorkspace().stream
  const paths = [join(owners, '01.01.01'), join(owners, '01.01.02')]
  const claimed = await claimAll(paths, self)
  if (!('release' in claimed)) throw new Error('not claimed')
  rmSync(owners, { recursive: true })
  const renewed = claimed.renew()
  claimed.release(paths[0])
  expect(await renewed).toBeUndefined()
  expect(await Promise.all(paths.map((path) => holderOf(path)))).toEqual([undefined, self])
  claimed.release()
})
