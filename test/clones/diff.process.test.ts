import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { advanceStream } from '../../src/clones/advance.ts'
import { diffClone, diffCommits } from '../../src/clones/diff.ts'
import { mergeFrom } from '../../src/clones/merge.ts'
import { deliveryScene, gitAt, writeIn } from '../helpers/clones.ts'

describe('the difference of a clone', () => {
  it('is that of commits, changes and new files, and leaves the index of the agent as it is', async () => {
    const scene = deliveryScene({ 'work/tasks.json': '{}\n', 'gone.txt': 'gone\n' })
    const clone = scene.clone('01.01.01')
    clone.write('committed.txt', 'one\ntwo\n')
    clone.git('add', '-A')
    clone.git('commit', '--quiet', '-m', 'a')
    clone.write('README.md', 'changed\n')
    clone.git('add', 'README.md')
    clone.write('new file.txt', 'new\n')
    clone.write('image.bin', new Uint8Array([0, 1]))
    clone.write('work/tasks.json', '{"mine":1}\n')
    clone.git('rm', '--quiet', 'gone.txt')
    // An agent at work: its index is locked, and it has a repository inside.
    writeFileSync(join(clone.site.folder, '.git/index.lock'), '')
    clone.write('inner/a.txt', 'a\n')
    gitAt(join(clone.site.folder, 'inner'), scene.env, ['init', '--quiet'])
    const before = clone.git('status', '--porcelain')
    const { files, patch } = await diffClone(clone.site, { base: clone.base, env: scene.env })
    expect(files).toEqual([
      { path: 'README.md', added: 1, removed: 1 },
      { path: 'committed.txt', added: 2, removed: 0 },
      { path: 'gone.txt', added: 0, removed: 1 },
      { path: 'image.bin', added: null, removed: null },
      { path: 'new file.txt', added: 1, removed: 0 },
    ])
    expect(patch).toContain('+++ b/new file.txt')
    expect(patch).not.toContain('tasks.json')
    expect(clone.git('status', '--porcelain')).toBe(before)
    expect(await diffClone(clone.site, { base: clone.base, stat: true, env: scene.env })).toEqual({ files })
  })

  it('is empty where nothing changed', async () => {
    const { clone, env } = deliveryScene()
    const { site, base } = clone('01.01.01')
    expect(await diffClone(site, { base, env })).toEqual({ files: [], patch: '' })
  })
})

it('the difference of two commits is the same patch as by git', async () => {
  const { root, git, base, env } = deliveryScene()
  writeIn(root, 'README.md', 'changed\n')
  git('commit', '--quiet', '--all', '-m', 'a')
  const { files, patch } = await diffCommits(root, base, 'HEAD', { env })
  expect(files).toEqual([{ path: 'README.md', added: 1, removed: 1 }])
  expect(patch?.trim()).toBe(git('diff', base, 'HEAD'))
})

describe('merging a branch of the user into that of a workstream', () => {
  const order = { from: 'main', stream: '001-x', at: '2026-01-02T03:04:05.678Z' }

  it('makes a candidate that the branch can advance to', async () => {
    const { root, git, env, base } = deliveryScene()
    const place = { root, into: 'workstream/001-x' }
    expect(await mergeFrom(place, { ...order, env })).toEqual({ type: 'merged', commit: base })
    writeIn(root, 'README.md', 'changed\n')
    git('commit', '--quiet', '--all', '-m', 'a')
    const result = await mergeFrom(place, { ...order, env })
    if (result.type !== 'candidate') throw new Error(JSON.stringify(result))
    expect(await advanceStream(place, { ...result, env })).toEqual({ type: 'advanced' })
    expect(git('show', `${place.into}:README.md`)).toBe('changed')
    expect(await mergeFrom(place, { ...order, from: 'nowhere', env })).toMatchObject({ type: 'unfit' })
  })

  it('names the threads of a conflict', async () => {
    const { root, git, env, base } = deliveryScene()
    const into = 'workstream/001-x'
    git('checkout', '--quiet', into)
    writeIn(root, 'README.md', 'of a thread\n')
    git('commit', '--quiet', '--all', '-m', 'a', '-m', 'Work-Thread: 001-x/01.01.02')
    const onto = git('rev-parse', 'HEAD')
    git('checkout', '--quiet', 'main')
    writeIn(root, 'README.md', 'of the user\n')
    git('commit', '--quiet', '--all', '-m', 'b')
    const files = [{ path: 'README.md', kind: 'contents', with: ['01.01.02'] }]
    expect(await mergeFrom({ root, into }, { ...order, env })).toEqual({
      type: 'conflict',
      conflict: { onto, files },
    })
    expect(git('merge-base', 'main', into)).toBe(base)
  })
})
