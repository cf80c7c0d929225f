import { existsSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { commitClone } from '../../src/clones/commit.ts'
import { writeMark } from '../../src/clones/mark.ts'
import { mergeIntoStream } from '../../src/clones/merge.ts'
import { saveClone } from '../../src/clones/save.ts'
import { keptRef } from '../../src/clones/site.ts'
import { ensureStreamBranch } from '../../src/clones/stream-branch.ts'
import { deliveryScene, writeIn } from '../helpers/clones.ts'

/** Leaves the lock file of a ref as a git command leaves it that was killed a minute ago. */
function leaveLock(root: string, ref: string): string {
  writeIn(root, `.git/${ref}.lock`, '')
  const lock = join(root, `.git/${ref}.lock`)
  const then = Date.now() / 1000 - 60
  utimesSync(lock, then, then)
  return lock
}

it('the branch of a workstream is made although git was killed while it made that', async () => {
  const { root, env, base, git } = deliveryScene()
  const locks = [leaveLock(root, 'refs/heads/workstream/002-y'), leaveLock(root, 'refs/work/002-y/base')]
  expect(await ensureStreamBranch(root, 'workstream/002-y', env)).toBe(base)
  expect(git('rev-parse', 'workstream/002-y')).toBe(base)
  expect(locks.filter((lock) => existsSync(lock))).toEqual([])
})

it('a clone is saved and delivered although git was killed while it kept that before', async () => {
  const { root, env, git, clone } = deliveryScene()
  const { site, base, write, commitOrder, mergeOrder } = clone('01.01.01')
  const { folder, branch, into } = site
  writeMark(folder, {
    root,
    stream: '001-x',
    thread: '01.01.01',
    branch,
    into,
    attempt: 1,
    token: 't',
    base,
    prepared: true,
    stage: 'continued',
    isSetUp: true,
  })
  write('a.txt', 'a\n')
  const locks = ['1', 'head', 'candidate'].map((what) => leaveLock(root, keptRef(site, what)))
  const saved = await saveClone(site, { attempt: 1, at: '2026-01-02T03:04:05.678Z', env })
  expect(git('show', `${keptRef(site, 1)}:a.txt`)).toBe('a')
  expect(git('rev-parse', keptRef(site, 1))).toBe(saved?.saved)
  const committed = await commitClone(site, commitOrder())
  const head = committed.type === 'committed' ? committed.head : ''
  expect(await mergeIntoStream(site, mergeOrder(head))).toMatchObject({ type: 'candidate' })
  expect(locks.filter((lock) => existsSync(lock))).toEqual([])
})
