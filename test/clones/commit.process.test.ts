import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { CommitOrder } from '../../src/clones/commit.ts'
import { commitClone } from '../../src/clones/commit.ts'
import { keptRef } from '../../src/clones/site.ts'
import { type CloneScene, deliveryScene, gitAt } from '../helpers/clones.ts'

/** Commits, and fails if the clone is unfit. */
async function commit({ site, commitOrder }: CloneScene, more?: Partial<CommitOrder>) {
  const result = await commitClone(site, commitOrder(more))
  if (result.type === 'unfit') throw new Error(result.detail)
  return result
}

async function refusal({ site, commitOrder }: CloneScene, more?: Partial<CommitOrder>): Promise<string> {
  const result = await commitClone(site, commitOrder(more))
  return result.type === 'unfit' ? result.detail : `committed ${result.head}`
}

describe('committing what a session left', () => {
  it('takes changed, new, deleted and executable files and links, and leaves the clone clean', async () => {
    const scene = deliveryScene({ 'old.txt': 'old\n' })
    const clone = scene.clone('01.01.01')
    clone.write('README.md', 'changed\n')
    clone.write('dir/new file.txt', 'new\n')
    clone.write('dir/run.sh', '#!/bin/sh\n')
    clone.write('x.ignored', 'ignored\n')
    execFileSync('chmod', ['+x', join(clone.site.folder, 'dir/run.sh')])
    symlinkSync('README.md', join(clone.site.folder, 'link'))
    execFileSync('rm', [join(clone.site.folder, 'old.txt')])
    const { head, changed, outside, notes } = await commit(clone)
    expect({ changed, outside, notes }).toEqual({ changed: true, outside: [], notes: [] })
    expect(clone.git('diff', '--raw', '--no-abbrev', '--no-renames', '--name-status', clone.base, head)).toBe(
      'M\tREADME.md\nA\tdir/new file.txt\nA\tdir/run.sh\nA\tlink\nD\told.txt',
    )
    expect(clone.git('status', '--porcelain')).toBe('')
    expect(clone.git('rev-parse', 'HEAD')).toBe(head)
    expect(scene.git('rev-parse', keptRef(clone.site, 'head'))).toBe(head)
    expect(scene.git('show', '--no-patch', '--format=%an <%ae> %aI %cI%n%B', head)).toBe(
      [
        'Ada <ada@example.com> 2026-01-02T03:04:05+00:00 2026-01-02T03:04:05+00:00',
        'Thread 01.01.01',
        '',
        'Work-Thread: 001-x/01.01.01',
        'Work-Session: cmd_01.01.01',
        'Work-Agent: default (none)',
      ].join('\n'),
    )
  })

  it('makes no commit where nothing changed', async () => {
    const clone = deliveryScene().clone('01.01.01')
    expect(await commit(clone)).toMatchObject({ head: clone.base, changed: false })
  })

  it('takes the commits of the agent as they are', async () => {
    const clone = deliveryScene().clone('01.01.01')
    clone.write('a.txt', 'a\n')
    clone.git('add', '-A')
    clone.git('commit', '--quiet', '-m', 'by the agent')
    const own = clone.git('rev-parse', 'HEAD')
    expect(await commit(clone)).toMatchObject({ head: own, changed: true })
  })

  it('gives the same commit when it is repeated, from each step on', async () => {
    const scene = deliveryScene()
    const clone = scene.clone('01.01.01')
    clone.write('a.txt', 'a\n')
    const { head } = await commit(clone)
    expect((await commit(clone)).head).toBe(head)
    // As if it had been killed before HEAD moved, and after it moved but before the index was refreshed.
    clone.git('reset', '--quiet', '--soft', clone.base)
    scene.git('update-ref', '-d', keptRef(clone.site, 'head'))
    expect((await commit(clone)).head).toBe(head)
    clone.git('read-tree', clone.base)
    expect((await commit(clone)).head).toBe(head)
    expect(scene.git('rev-parse', keptRef(clone.site, 'head'))).toBe(head)
    expect(clone.git('status', '--porcelain')).toBe('')
  })

  it('removes lock files that killed git commands left in the clone', async () => {
    const clone = deliveryScene().clone('01.01.01')
    clone.write('a.txt', 'a\n')
    for (const name of [
      'index.lock',
      'HEAD.lock',
      'refs/heads/workthread/001-x/01.01.01.lock',
      'packed-refs.lock',
    ])
      writeFileSync(join(clone.site.folder, '.git', name), '')
    expect(await commit(clone)).toMatchObject({ changed: true })
    expect(existsSync(join(clone.site.folder, '.git/index.lock'))).toBe(false)
    expect(clone.git('status', '--porcelain')).toBe('')
  })

  it('leaves out what was changed below work/, names it, and keeps it', async () => {
    const scene = deliveryScene({ 'work/tasks.json': '{}\n', 'work/PLAN.md': 'plan\n' })
    const clone = scene.clone('01.01.01')
    clone.write('work/tasks.json', '{"mine":1}\n')
    clone.git('commit', '--quiet', '--all', '-m', 'all of it')
    clone.write('work/PLAN.md', 'my plan\n')
    clone.write('work/notes.md', 'notes\n')
    clone.write('a.txt', 'a\n')
    const first = await commit(clone)
    expect(first.outside).toEqual(['work/PLAN.md', 'work/notes.md', 'work/tasks.json'])
    expect(clone.git('diff', '--name-only', clone.base, first.head)).toBe('a.txt')
    expect(await commit(clone)).toEqual(first)
    expect(scene.git('show', `${keptRef(clone.site, 'outside')}:work/notes.md`)).toBe('notes')
    expect(readFileSync(join(clone.site.folder, 'work/PLAN.md'), 'utf8')).toBe('my plan\n')
  })

  it('takes a merge that the agent resolved as a second parent', async () => {
    const clone = deliveryScene({ 'a.txt': 'a\n' }).clone('01.01.01')
    clone.git('checkout', '--quiet', '-b', 'other')
    clone.write('a.txt', 'other\n')
    clone.git('commit', '--quiet', '--all', '-m', 'other')
    const other = clone.git('rev-parse', 'HEAD')
    clone.git('checkout', '--quiet', clone.site.branch)
    clone.write('a.txt', 'mine\n')
    clone.git('commit', '--quiet', '--all', '-m', 'mine')
    const mine = clone.git('rev-parse', 'HEAD')
    expect(() => clone.git('merge', 'other')).toThrow('merge other')
    expect(await refusal(clone)).toContain('a.txt has conflicts')
    clone.write('a.txt', 'both\n')
    clone.git('add', 'a.txt')
    const { head } = await commit(clone)
    expect(clone.git('show', '--no-patch', '--format=%P', head)).toBe(`${mine} ${other}`)
    expect(existsSync(join(clone.site.folder, '.git/MERGE_HEAD'))).toBe(false)
    expect(await commit(clone)).toMatchObject({ head })
  })

  it('refuses conflict markers in the files of the conflict before, but not those that were there', async () => {
    const old = '<<<<<<< an example\n'
    const clone = deliveryScene({ 'a.txt': 'a\n', 'doc.md': old }).clone('01.01.01')
    const files = ['a.txt', 'doc.md'].map((path) => ({ path, kind: 'contents', with: [] }))
    const conflict = { onto: clone.base, files }
    clone.write('doc.md', `${old}more\n`)
    clone.write('a.txt', '<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n')
    expect(await refusal(clone, { conflict })).toContain('Conflict markers are left in a.txt.')
    clone.write('a.txt', 'b\n')
    expect(await commit(clone, { conflict })).toMatchObject({ changed: true })
  })

  it('passes hooks and signing that fail, and a repository without an identity', async () => {
    const scene = deliveryScene()
    const clone = scene.clone('01.01.01')
    const hook = join(clone.site.folder, '.husky/pre-commit')
    clone.write('.husky/pre-commit', '#!/bin/sh\nexit 1\n')
    execFileSync('chmod', ['+x', hook])
    clone.git('config', 'core.hooksPath', '.husky')
    clone.git('config', 'commit.gpgSign', 'true')
    clone.git('config', 'gpg.program', '/bin/false')
    for (const key of ['user.name', 'user.email']) clone.git('config', '--unset', key)
    const { head } = await commit(clone)
    expect(scene.git('show', '--no-patch', '--format=%an <%ae>', head)).toBe('work <work@localhost>')
  })

  it('reads every commit in the main repository after gc, without the clone', async () => {
    const scene = deliveryScene()
    const clone = scene.clone('01.01.01')
    clone.write('a.txt', 'a\n')
    const { head } = await commit(clone)
    execFileSync('rm', ['-rf', clone.site.folder])
    scene.git('reflog', 'expire', '--expire=now', '--all')
    scene.git('gc', '--quiet', '--prune=now')
    expect(scene.git('show', `${head}:a.txt`)).toBe('a')
    expect(scene.git('fsck', '--no-dangling')).toBe('')
  })
})

describe('a clone that is not fit to be committed', () => {
  it.each([
    ['a repository in it', true],
    ['a repository without a commit', false],
  ])('is refused with the path: %s', async (_, hasCommit) => {
    const scene = deliveryScene()
    const clone = scene.clone('01.01.01')
    clone.write('deep/inner/a.txt', 'a\n')
    const inner = join(clone.site.folder, 'deep/inner')
    gitAt(inner, scene.env, ['init', '--quiet'])
    if (hasCommit) {
      gitAt(inner, scene.env, ['add', '-A'])
      gitAt(inner, scene.env, ['-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '--quiet', '-m', 'a'])
    }
    expect(await refusal(clone)).toContain('deep/inner in')
    if (!hasCommit) return
    clone.git('-c', 'advice.addEmbeddedRepo=false', 'add', '-A')
    expect(await refusal(clone)).toContain('deep/inner in')
    clone.git('commit', '--quiet', '-m', 'with the repository')
    expect(await refusal(clone)).toContain('deep/inner in')
  })

  it('is refused during a rebase', async () => {
    const clone = deliveryScene({ 'a.txt': 'a\n' }).clone('01.01.01')
    clone.write('a.txt', 'mine\n')
    clone.git('commit', '--quiet', '--all', '-m', 'mine')
    expect(() => clone.git('rebase', '--exec', 'false', 'HEAD~1')).toThrow('rebase')
    expect(await refusal(clone)).toContain('A rebase is under way')
    clone.git('rebase', '--abort')
    expect(await commit(clone)).toMatchObject({ changed: true })
  })

  it('is refused at a commit that lacks where the thread began, or commits of its branch', async () => {
    const clone = deliveryScene().clone('01.01.01')
    clone.write('a.txt', 'a\n')
    clone.git('add', '-A')
    clone.git('commit', '--quiet', '-m', 'a')
    clone.git('checkout', '--quiet', '--detach', clone.base)
    expect(await refusal(clone)).toContain('which lacks commits of workthread/001-x/01.01.01')
    clone.git('checkout', '--quiet', '--orphan', 'new')
    expect(await refusal(clone)).toContain('on a branch without commits')
    clone.git('commit', '--quiet', '-m', 'unrelated')
    expect(await refusal(clone)).toContain('which does not contain')
  })

  it('is refused without its .git folder, and the main repository is not touched', async () => {
    const scene = deliveryScene()
    const clone = scene.clone('01.01.01')
    const before = scene.git('for-each-ref')
    execFileSync('rm', ['-rf', join(clone.site.folder, '.git')])
    expect(await refusal(clone)).toContain('has lost its .git folder')
    execFileSync('rm', ['-rf', clone.site.folder])
    expect(await refusal(clone)).toContain('is gone')
    expect(scene.git('for-each-ref')).toBe(before)
  })
})

describe('notes on what a session left', () => {
  it('name another branch, a large file, and a link that leads out', async () => {
    const clone = deliveryScene().clone('01.01.01')
    clone.git('checkout', '--quiet', '-b', 'mine')
    clone.write('big.bin', new Uint8Array(60 * 1024 * 1024))
    symlinkSync('/usr/lib/node_modules', join(clone.site.folder, 'node_modules'))
    const { notes } = await commit(clone)
    expect(notes).toEqual([
      'The agent left the clone on mine, not on workthread/001-x/01.01.01; its commits are taken from there.',
      'big.bin is new and large: 60 MB.',
      'node_modules is a new symbolic link to /usr/lib/node_modules, outside of the repository.',
    ])
  })

  it('say nothing of linked paths, which are left out', async () => {
    const clone = deliveryScene().clone('01.01.01')
    symlinkSync('/usr/lib/node_modules', join(clone.site.folder, 'node_modules'))
    expect(await commit(clone, { link: ['node_modules'] })).toMatchObject({ changed: false, notes: [] })
  })
})
