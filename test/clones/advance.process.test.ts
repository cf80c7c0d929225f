import { existsSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { advanceStream } from '../../src/clones/advance.ts'
import { refLockPatience } from '../../src/clones/waits.ts'
import { deliveryScene } from '../helpers/clones.ts'

const into = 'workstream/001-x'

function scene() {
  const made = deliveryScene()
  const commitOn = (parent: string, text = `on ${parent}`) =>
    made.git('commit-tree', '-p', parent, '-m', text, `${made.base}^{tree}`)
  const candidate = commitOn(made.base)
  const advance = (onto = made.base) =>
    advanceStream({ root: made.root, into }, { onto, candidate, env: made.env })
  return { ...made, commitOn, candidate, advance, tip: () => made.git('rev-parse', into) }
}

describe('advancing the branch of a workstream', () => {
  it('moves it once, and says the same when it is repeated', async () => {
    const { advance, tip, candidate, git, commitOn } = scene()
    expect(await advance()).toEqual({ type: 'advanced' })
    expect(tip()).toBe(candidate)
    expect(await advance()).toEqual({ type: 'advanced' })
    git('update-ref', `refs/heads/${into}`, commitOn(candidate))
    expect(await advance()).toEqual({ type: 'advanced' })
  })

  it('does not move it if it has moved, or is gone', async () => {
    const { advance, tip, git, commitOn, base } = scene()
    const other = commitOn(base, 'another')
    git('update-ref', `refs/heads/${into}`, other)
    expect(await advance()).toEqual({ type: 'moved' })
    expect(tip()).toBe(other)
    git('branch', '-D', into)
    expect(await advance()).toEqual({ type: 'moved' })
  })

  it('lets one of two at once win', async () => {
    const { root, env, base, commitOn, candidate } = scene()
    const other = commitOn(base, 'another')
    const ends = await Promise.all(
      [candidate, other].map((each) => advanceStream({ root, into }, { onto: base, candidate: each, env })),
    )
    expect(ends.map(({ type }) => type).toSorted()).toEqual(['advanced', 'moved'])
  })

  it('does not move a branch that is checked out, in the main tree or a worktree', async () => {
    const { advance, tip, git, root, base } = scene()
    git('checkout', '--quiet', into)
    const detail = `${into} is checked out in ${root}: switch to another branch there, then merge again`
    expect(await advance()).toEqual({ type: 'unfit', detail })
    git('checkout', '--quiet', 'main')
    git('worktree', 'add', '--quiet', '.trees/other', into)
    expect(await advance()).toMatchObject({ type: 'unfit' })
    expect(tip()).toBe(base)
    git('worktree', 'remove', '.trees/other')
    expect(await advance()).toEqual({ type: 'advanced' })
  })

  it('removes a lock file that a killed git command left long ago', async () => {
    const { advance, tip, candidate, root } = scene()
    const lock = join(root, '.git/refs/heads', `${into}.lock`)
    writeFileSync(lock, '')
    const long = new Date(Date.now() - 2 * refLockPatience)
    utimesSync(lock, long, long)
    expect(await advance()).toEqual({ type: 'advanced' })
    expect(tip()).toBe(candidate)
    expect(existsSync(lock)).toBe(false)
  })

  it('leaves the files, index, stash and other branches of the main tree as they are', async () => {
    const { advance, git, root } = scene()
    writeFileSync(join(root, 'README.md'), 'dirty\n')
    git('stash', '--quiet')
    writeFileSync(join(root, 'README.md'), 'dirty again\n')
    const state = () => [
      git('status', '--porcelain'),
      git('stash', 'list'),
      git('for-each-ref', 'refs/heads/main', 'refs/stash'),
      git('config', '--list', '--local'),
    ]
    const before = state()
    expect(await advance()).toEqual({ type: 'advanced' })
    expect(state()).toEqual(before)
  })
})
