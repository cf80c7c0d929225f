import { describe, expect, it } from 'vitest'
import type { CommitId, MergeResult } from '../../machines/delivery.ts'
import { advanceStream } from '../../src/clones/advance.ts'
import { commitClone } from '../../src/clones/commit.ts'
import { mergeIntoStream, type MergeOrder } from '../../src/clones/merge.ts'
import { keptRef } from '../../src/clones/site.ts'
import { type CloneScene, type DeliveryScene, deliveryScene } from '../helpers/clones.ts'

/** Commits everything in a clone, and merges it. */
async function merge(
  { site, commitOrder, mergeOrder }: CloneScene,
  more?: Partial<MergeOrder>,
): Promise<{ head: CommitId; result: MergeResult }> {
  const committed = await commitClone(site, commitOrder())
  if (committed.type === 'unfit') throw new Error(committed.detail)
  return { head: committed.head, result: await mergeIntoStream(site, mergeOrder(committed.head, more)) }
}

/** The same, up to the workstream's branch. */
async function deliver(
  { env }: DeliveryScene,
  clone: CloneScene,
  more?: Partial<MergeOrder>,
): Promise<CommitId> {
  const { result } = await merge(clone, more)
  if (result.type !== 'candidate') throw new Error(JSON.stringify(result))
  expect(await advanceStream(clone.site, { ...result, env })).toEqual({ type: 'advanced' })
  return result.candidate
}

type Act = (clone: CloneScene) => void

const write =
  (path: string, text: string | Uint8Array): Act =>
  (clone) =>
    clone.write(path, text)
const git =
  (...args: string[]): Act =>
  (clone) => {
    clone.git(...args)
  }
const lines = (middle: string) => `one\ntwo\nthree\n${middle}\nfive\nsix\nseven\n`
const pointer = (id: string) =>
  `version https://git-lfs.github.com/spec/v1\noid sha256:${id.repeat(64)}\nsize 12\n`

describe('a conflict', () => {
  const start = {
    'a.txt': lines('four'),
    'image.bin': new Uint8Array([0, 1, 2, 3]),
    'model.lfs': pointer('a'),
    'dir/x.txt': 'x\n',
  }
  const rows: [string, Act[], Act[], Record<string, string>][] = [
    ['contents', [write('a.txt', lines('A'))], [write('a.txt', lines('B'))], { 'a.txt': 'contents' }],
    ['add/add', [write('new.txt', 'A\n')], [write('new.txt', 'B\n')], { 'new.txt': 'contents' }],
    [
      'a binary file',
      [write('image.bin', new Uint8Array([0, 9]))],
      [write('image.bin', new Uint8Array([0, 8]))],
      { 'image.bin': 'binary' },
    ],
    [
      'an LFS pointer',
      [write('model.lfs', pointer('b'))],
      [write('model.lfs', pointer('c'))],
      { 'model.lfs': 'contents' },
    ],
    [
      'rename/rename',
      [git('mv', 'a.txt', 'b.txt')],
      [git('mv', 'a.txt', 'c.txt')],
      { 'a.txt': 'rename/rename', 'b.txt': 'rename/rename', 'c.txt': 'rename/rename' },
    ],
    [
      'modify/delete',
      [git('rm', '--quiet', 'a.txt')],
      [write('a.txt', lines('B'))],
      { 'a.txt': 'modify/delete' },
    ],
    [
      'file/directory',
      [write('thing', 'a file\n')],
      [write('thing/in.txt', 'a folder\n')],
      { thing: 'file/directory' },
    ],
    ['symbolic links', [(clone) => link(clone, 'A')], [(clone) => link(clone, 'B')], { there: 'contents' }],
  ]

  it.each(rows)(
    'of the kind %s names files and threads, and touches nothing',
    async (_, first, second, kinds) => {
      const scene = deliveryScene(start)
      const [one, two] = [scene.clone('01.01.01'), scene.clone('01.01.02')]
      for (const act of first) act(one)
      for (const act of second) act(two)
      const tip = await deliver(scene, one)
      const { result } = await merge(two)
      const files = Object.entries(kinds).map(([path, kind]) => ({ path, kind }))
      expect(result).toMatchObject({ type: 'conflict', conflict: { onto: tip, files } })
      const causes = result.type === 'conflict' ? result.conflict.files.flatMap((file) => file.with) : []
      expect(new Set(causes)).toEqual(new Set(['01.01.01']))
      expect(scene.git('rev-parse', two.site.into)).toBe(tip)
      expect(scene.git('status', '--porcelain', '--', 'README.md', 'a.txt')).toBe('')
      expect(two.git('status', '--porcelain')).toBe('')
    },
  )

  it('of submodule pointers names the submodule', async () => {
    const modules = '[submodule "sub"]\n\tpath = sub\n\turl = ./sub\n'
    const scene = deliveryScene({ '.gitmodules': modules })
    const [one, two] = [scene.clone('01.01.01'), scene.clone('01.01.02')]
    const [first, second] = [commitPointer(one, '1'), commitPointer(two, '2')]
    const { mergeOrder, site } = one
    const merged = await mergeIntoStream(site, mergeOrder(first))
    if (merged.type !== 'candidate') throw new Error(JSON.stringify(merged))
    await advanceStream(site, { ...merged, env: scene.env })
    const result = await mergeIntoStream(two.site, two.mergeOrder(second))
    expect(result).toMatchObject({
      type: 'conflict',
      conflict: { files: [{ path: 'sub', with: ['01.01.01'] }] },
    })
  })

  it('of two names that differ only by case is found where the disk has no case', async () => {
    const scene = deliveryScene()
    const [one, two] = [scene.clone('01.01.01'), scene.clone('01.01.02')]
    one.write('Notes.md', 'A\n')
    two.write('NOTES.md', 'B\n')
    await deliver(scene, one)
    expect((await merge(two)).result.type).toBe('candidate')
    two.git('config', 'core.ignorecase', 'true')
    const files = [
      { path: 'NOTES.md', kind: 'case', with: [] },
      { path: 'Notes.md', kind: 'case', with: ['01.01.01'] },
    ]
    expect((await merge(two)).result).toMatchObject({ type: 'conflict', conflict: { files } })
  })

  it('names threads that changed the file under its old name', async () => {
    const scene = deliveryScene(start)
    const [one, two, three] = ['01.01.01', '01.01.02', '01.01.03'].map((id) => scene.clone(id))
    if (one === undefined || two === undefined || three === undefined) throw new Error('no clones')
    one.write('a.txt', lines('A'))
    two.write('other.txt', 'other\n')
    await deliver(scene, one)
    await deliver(scene, two)
    three.write('a.txt', lines('B'))
    three.git('add', '-A')
    three.git('mv', 'a.txt', 'renamed.txt')
    const { result } = await merge(three)
    const files = [{ path: 'renamed.txt', kind: 'contents', with: ['01.01.01'] }]
    expect(result).toMatchObject({ type: 'conflict', conflict: { files } })
  })
})

describe('a merge without a conflict', () => {
  it('is a commit with both parents and trailers, kept in the main repository, and the same when repeated', async () => {
    const scene = deliveryScene({ 'a.txt': lines('four') })
    const [one, two] = [scene.clone('01.01.01'), scene.clone('01.01.02')]
    one.write('a.txt', lines('four').replace('one', 'ONE'))
    two.write('a.txt', lines('four').replace('seven', 'SEVEN'))
    const tip = await deliver(scene, one)
    const { head, result } = await merge(two)
    if (result.type !== 'candidate') throw new Error(JSON.stringify(result))
    expect(result.onto).toBe(tip)
    expect((await merge(two)).result).toEqual(result)
    expect(scene.git('rev-parse', keptRef(two.site, 'candidate'))).toBe(result.candidate)
    expect(scene.git('show', '--no-patch', '--format=%P%n%B', result.candidate)).toBe(
      [
        `${tip} ${head}`,
        'Merge thread 01.01.02 "Thread 01.01.02"',
        '',
        'Work-Thread: 001-x/01.01.02',
        'Work-Session: cmd_01.01.02',
        'Work-Agent: default (none)',
      ].join('\n'),
    )
    expect(scene.git('show', `${result.candidate}:a.txt`)).toBe(
      lines('four').replace('one', 'ONE').replace('seven', 'SEVEN').trim(),
    )
    expect(scene.git('rev-parse', two.site.into)).toBe(tip)
  })

  it('is one commit on the tip for a squash', async () => {
    const scene = deliveryScene()
    const clone = scene.clone('01.01.01')
    clone.write('a.txt', 'a\n')
    const { result } = await merge(clone, { merge: 'squash' })
    if (result.type !== 'candidate') throw new Error(JSON.stringify(result))
    expect(scene.git('show', '--no-patch', '--format=%P', result.candidate)).toBe(clone.base)
    await advanceStream(clone.site, { ...result, env: scene.env })
    expect((await merge(clone, { merge: 'squash' })).result).toEqual({
      type: 'merged',
      commit: result.candidate,
    })
  })

  it('is found in the branch if it is there already', async () => {
    const scene = deliveryScene()
    const [one, two] = [scene.clone('01.01.01'), scene.clone('01.01.02')]
    one.write('a.txt', 'a\n')
    two.write('b.txt', 'b\n')
    const merged = await deliver(scene, one)
    await deliver(scene, two)
    expect((await merge(one)).result).toEqual({ type: 'merged', commit: merged })
  })

  it('uses the attributes that the clone has', async () => {
    const scene = deliveryScene({ '.gitattributes': 'log.txt merge=union\n', 'log.txt': 'start\n' })
    const [one, two] = [scene.clone('01.01.01'), scene.clone('01.01.02')]
    one.write('log.txt', 'start\nA\n')
    two.write('log.txt', 'start\nB\n')
    const tip = await deliver(scene, one)
    expect((await merge(two)).result).toMatchObject({ type: 'candidate', onto: tip })
  })

  it('never has conflicts below work/, which changes in every commit', async () => {
    const scene = deliveryScene({ 'work/tasks.json': '{}\n' })
    const [one, two] = [scene.clone('01.01.01'), scene.clone('01.01.02')]
    for (const [index, clone] of [one, two].entries()) {
      clone.write('work/tasks.json', `{"agent":${index}}\n`)
      clone.write(`${index}.txt`, 'text\n')
      clone.git('add', '-A')
      clone.git('commit', '--quiet', '-m', 'all of it')
      await deliver(scene, clone)
    }
    expect(scene.git('show', `${one.site.into}:work/tasks.json`)).toBe('{}')
    expect(scene.git('diff', '--name-only', scene.base, one.site.into)).toBe('0.txt\n1.txt')
  })

  it('is possible after the agent has merged the tip to resolve a conflict', async () => {
    const scene = deliveryScene({ 'a.txt': lines('four'), 'work/tasks.json': '{}\n' })
    const [one, two] = [scene.clone('01.01.01'), scene.clone('01.01.02')]
    one.write('a.txt', lines('A'))
    two.write('a.txt', lines('B'))
    const tip = await deliver(scene, one)
    expect((await merge(two)).result.type).toBe('conflict')
    expect(() => two.git('merge', tip)).toThrow('merge')
    two.write('a.txt', lines('A and B'))
    two.git('add', 'a.txt')
    const merged = await deliver(scene, two)
    expect(scene.git('show', `${merged}:a.txt`)).toBe(lines('A and B').trim())
  })
})

describe('a workstream branch that somebody changed', () => {
  it('is merged into if it only has more commits', async () => {
    const scene = deliveryScene()
    const clone = scene.clone('01.01.01')
    const tip = scene.git('commit-tree', '-p', scene.base, '-m', 'by hand', `${scene.base}^{tree}`)
    scene.git('update-ref', `refs/heads/${clone.site.into}`, tip)
    clone.write('a.txt', 'a\n')
    expect((await merge(clone)).result).toMatchObject({ type: 'candidate', onto: tip })
  })

  it('is refused if commits are gone from it, or the branch is', async () => {
    const scene = deliveryScene()
    const clone = scene.clone('01.01.01')
    clone.write('a.txt', 'a\n')
    const other = scene.git('commit-tree', '-m', 'unrelated', `${scene.base}^{tree}`)
    scene.git('update-ref', `refs/heads/${clone.site.into}`, other)
    const { result } = await merge(clone)
    expect(result).toMatchObject({ type: 'unfit' })
    expect(result).toHaveProperty(
      'detail',
      expect.stringContaining(`workstream/001-x no longer has ${scene.base.slice(0, 7)} (01.01.01)`),
    )
    scene.git('branch', '-D', clone.site.into)
    expect((await merge(clone)).result).toHaveProperty('detail', expect.stringContaining('is gone from'))
  })
})

/** Commits a submodule at this commit. */
function commitPointer(clone: CloneScene, id: string): CommitId {
  clone.git('update-index', '--add', '--cacheinfo', `160000,${id.repeat(40)},sub`)
  clone.git('commit', '--quiet', '-m', 'move the submodule')
  return clone.git('rev-parse', 'HEAD')
}

/** Adds a symbolic link, also where the disk has none. */
function link(clone: CloneScene, target: string): void {
  const id = clone.git('rev-parse', 'HEAD')
  expect(id).toBe(clone.base)
  clone.write('target', target)
  clone.git('config', 'core.symlinks', 'true')
  const blob = clone.git('hash-object', '-w', 'target')
  clone.git('update-index', '--add', '--cacheinfo', `120000,${blob},there`)
  clone.git('checkout', '--quiet', '--', 'there')
  clone.git('clean', '--quiet', '--force', 'target')
}
