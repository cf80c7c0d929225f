import { join } from 'node:path'
import { expect, test } from 'vitest'
import { claim, holderOf, withLock } from '../../src/store/lock.ts'
import { get, makeWorkspace, put } from './workspace.ts'
import { useWorkers } from './workers.ts'

const workers = useWorkers()
const self = { pid: process.pid, command: 'work fix', since: '2026-01-01T00:00:00.000Z' }

test('of two processes that claim a thread, the second learns who has it', async () => {
  const path = join(makeWorkspace().stream.owners, '01.01.01')
  const owner = workers.start('claim', path)
  await owner.says('owned')
  expect(await claim(path, self)).toMatchObject({ holder: { pid: owner.pid, command: 'work multi' } })
  expect(await holderOf(path)).toMatchObject({ pid: owner.pid })
})

test('a killed owner is no holder, whatever its file still says', async () => {
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

test('a lock file with a broken text is held by somebody unknown', async () => {
  const path = join(makeWorkspace().stream.owners, '01.01.01')
  const mine = await claim(path, self)
  put(path, 'not JSON')
  expect(await claim(path, self)).toEqual({ holder: undefined })
  if ('release' in mine) mine.release()
})

test('within a process a lock lets one in at a time, in the order of asking, also after one threw', async () => {
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
