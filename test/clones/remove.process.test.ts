import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { inspectClone, listClones, removeClone } from '../../src/clones/remove.ts'
import { saveClone } from '../../src/clones/save.ts'
import { workspaceAt } from '../../src/paths.ts'
import { at, makeMainTree, type MainTree } from '../helpers/main-tree.ts'

let main: MainTree
let folder: string

beforeEach(async () => {
  main = makeMainTree()
  folder = main.site().folder
  await main.begin()
  await main.prepare()
})

const inClone = (...args: string[]) => main.gitAt(folder, ...args)
const put = (path: string, text: string) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}
const save = () => saveClone(main.site(), { attempt: 1, at, env: main.env })
const remove = (force = false) => removeClone(main.site(), { force, env: main.env })

describe('saving a clone', () => {
  test('keeps changed, deleted, untracked and executable files, and work/, in a commit on HEAD', async () => {
    put('new/deep.txt', 'new\n')
    put('tool', '#!/bin/sh\n')
    chmodSync(join(folder, 'tool'), 0o755)
    put('work/tasks.json', '{"mine":1}\n')
    put('made.log', 'ignored\n')
    symlinkSync('tool', join(folder, 'link'))
    rmSync(join(folder, 'a.txt'))
    const before = inClone('status', '--porcelain')
    const saved = await save()
    expect(saved).toMatchObject({ head: inClone('rev-parse', 'HEAD'), nested: [] })
    expect(main.git('rev-parse', 'refs/work/001-x/01.01.01/1', 'refs/work/001-x/01.01.01/1^')).toBe(
      `${saved?.saved}\n${saved?.head}`,
    )
    const entries = main.git('ls-tree', '-r', `${saved?.saved}`).split('\n')
    expect(entries.map((entry) => entry.replace(/ .*\t/, ' '))).toEqual([
      '100644 .gitignore',
      '120000 link',
      '100644 new/deep.txt',
      '100755 tool',
      '100644 work/tasks.json',
    ])
    expect(main.git('show', `${saved?.saved}:work/tasks.json`)).toBe('{"mine":1}')
    expect(inClone('status', '--porcelain')).toBe(before)
    expect(main.git('status', '--porcelain')).toBe('')
  })

  test('gives the same commit again, and one of its own when nothing differs', async () => {
    const saved = await save()
    expect(saved?.saved).not.toBe(saved?.head)
    expect(await save()).toEqual(saved)
  })

  test('works with a stale index.lock, unresolved conflicts and a rebase under way, and changes none of them', async () => {
    put('a.txt', 'mine\n')
    inClone('commit', '-qam', 'Mine')
    inClone('checkout', '-q', '-b', 'other', 'HEAD^')
    put('a.txt', 'other\n')
    inClone('commit', '-qam', 'Other')
    expect(() => inClone('rebase', '-q', 'workthread/001-x/01.01.01')).toThrow(/Command failed/)
    const before = inClone('status')
    put('.git/index.lock', '')
    const saved = await save()
    expect(main.git('show', `${saved?.saved}:a.txt`)).toContain('<<<<<<<')
    expect(existsSync(join(folder, '.git/index.lock'))).toBe(true)
    rmSync(join(folder, '.git/index.lock'))
    expect(inClone('status')).toBe(before)
    expect(readdirSync(join(folder, '.git')).filter((name) => name.startsWith('work-index'))).toEqual([])
  })

  test('names repositories inside of it, with and without a commit, and saves the rest', async () => {
    for (const name of ['deep/with', 'without']) {
      mkdirSync(join(folder, name), { recursive: true })
      main.gitAt(join(folder, name), 'init', '-q')
      put(`${name}/file.txt`, 'nested\n')
    }
    main.gitAt(
      join(folder, 'deep/with'),
      '-c',
      'user.name=A',
      '-c',
      'user.email=a@b',
      'commit',
      '-q',
      '--allow-empty',
      '-m',
      'x',
    )
    put('new.txt', 'new\n')
    const saved = await save()
    expect(saved?.nested.toSorted()).toEqual(['deep/with', 'without'])
    expect(main.git('show', `${saved?.saved}:new.txt`)).toBe('new')
    expect(await remove(true)).toMatchObject({
      isRemoved: false,
      unsaved: ['Repositories inside of it are not saved: deep/with, without.'],
    })
  })

  test('keeps other branches and all stashes of the clone', async () => {
    for (const text of ['one\n', 'two\n']) {
      put('a.txt', text)
      inClone('stash', '-q')
    }
    inClone('checkout', '-q', '-b', 'side')
    inClone('commit', '-q', '--allow-empty', '-m', 'Side')
    inClone('checkout', '-q', 'workthread/001-x/01.01.01')
    await save()
    const side = 'refs/work/001-x/01.01.01/1-heads/side'
    expect(main.git('log', '-1', '--format=%s', side)).toBe('Side')
    expect(main.git('show', 'refs/work/001-x/01.01.01/1-stash/0:a.txt')).toBe('two')
    expect(main.git('show', 'refs/work/001-x/01.01.01/1-stash/1:a.txt')).toBe('one')
    expect(main.git('stash', 'list')).toBe('')
    expect(await remove()).toMatchObject({ isRemoved: true })
  })

  test('works without an identity, and with a signing program that fails', async () => {
    main.git('config', '--unset', 'user.name')
    main.git('config', '--unset', 'user.email')
    inClone('config', '--unset', 'user.name')
    inClone('config', '--unset', 'user.email')
    inClone('config', 'user.useConfigOnly', 'true')
    inClone('config', 'commit.gpgSign', 'true')
    inClone('config', 'gpg.program', 'false')
    const saved = await save()
    expect(main.git('log', '-1', '--format=%an <%ae>', `${saved?.saved}`)).toBe('work <work@localhost>')
  })

  test('finds nothing where no sound clone is', async () => {
    rmSync(join(folder, '.git'), { recursive: true })
    expect(await save()).toBeUndefined()
    expect(main.git('for-each-ref', '--format=%(refname)', 'refs/work/001-x/01.01.01')).toBe('')
  })

  test('is still possible after gc --prune=now in both repositories', async () => {
    put('new.txt', 'new\n')
    await save()
    for (const place of [main.root, folder]) {
      main.gitAt(place, 'reflog', 'expire', '--expire=now', '--all')
      main.gitAt(place, 'gc', '-q', '--prune=now')
      expect(main.gitAt(place, 'fsck', '--full', '--strict')).toBe('')
    }
    expect(main.git('show', 'refs/work/001-x/01.01.01/1:new.txt')).toBe('new')
    expect(await remove()).toMatchObject({ isRemoved: true })
  })
})

describe('removing a clone', () => {
  test('does nothing until everything is saved, and reports why', async () => {
    put('new.txt', 'new\n')
    const report = await remove(true)
    expect(report).toMatchObject({
      isRemoved: false,
      unsaved: ['Its last state is not saved in the main repository.'],
    })
    expect(report.bytes).toBeGreaterThan(4)
    await save()
    put('new.txt', 'newer\n')
    expect(await remove(true)).toMatchObject({ isRemoved: false })
    await save()
    expect(await remove()).toMatchObject({ isRemoved: true, unsaved: [], left: [] })
    expect(existsSync(folder)).toBe(false)
  })

  test('needs nothing saved when the branch of the workstream has all', async () => {
    expect(await remove()).toMatchObject({ isRemoved: true })
  })

  test('keeps it for commits that are nowhere else', async () => {
    inClone('commit', '-q', '--allow-empty', '-m', 'Mine')
    expect(await remove(true)).toMatchObject({ isRemoved: false })
    inClone('checkout', '-q', '--detach', 'HEAD^')
    expect(await remove(true)).toMatchObject({
      isRemoved: false,
      unsaved: ['Commits are only here: branch workthread/001-x/01.01.01.'],
    })
  })

  test('keeps it for new ignored files unless forced, but not for what setup made', async () => {
    put('made.log', 'new\n')
    put('build/out.bin', 'new\n')
    expect(await remove()).toMatchObject({ isRemoved: false, unsaved: [], left: ['build/', 'made.log'] })
    expect(await remove(true)).toMatchObject({ isRemoved: true, left: ['build/', 'made.log'] })
    const setup = [['sh', '-c', 'mkdir build; echo x > build/out; echo x > setup.log']]
    const { settings } = main.order()
    await main.prepare({ token: 'token-2', settings: { ...settings, setup } })
    put('build/more', 'more\n')
    expect(await remove()).toMatchObject({ isRemoved: true })
  })

  test('is finished by the next call when it was killed', async () => {
    renameSync(folder, `${folder}.removing`)
    rmSync(join(`${folder}.removing`, '.git', 'HEAD'))
    expect(listClones(workspaceAt(main.root))).toMatchObject([{ type: 'removing' }])
    expect(await remove()).toMatchObject({ isRemoved: true, exists: false })
    expect(readdirSync(dirname(folder))).toEqual(['.gitignore'])
  })

  test('removes folders without write permission', async () => {
    put('build/cache/x', 'x\n')
    chmodSync(join(folder, 'build/cache'), 0o500)
    expect(await remove(true)).toMatchObject({ isRemoved: true })
  })

  test('keeps what is not its clone', async () => {
    rmSync(join(folder, '.git', 'work.json'))
    expect(await inspectClone(main.site(), { env: main.env })).toMatchObject({
      unsaved: [`${folder} has no readable .git/work.json.`],
    })
    expect(await remove(true)).toMatchObject({ isRemoved: false })
    expect(existsSync(join(folder, 'a.txt'))).toBe(true)
  })
})

test('all folders beside the clones are listed', () => {
  const trees = dirname(folder)
  for (const name of ['001-01.01.02.making', 'mine']) mkdirSync(join(trees, name))
  expect(
    listClones(workspaceAt(main.root)).map(({ name, type, mark }) => [name, type, mark?.thread]),
  ).toEqual([
    ['001-01.01.01', 'clone', '01.01.01'],
    ['001-01.01.02.making', 'making', undefined],
    ['mine', 'foreign', undefined],
  ])
})
