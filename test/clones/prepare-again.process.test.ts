import { lstatSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { readMark } from '../../src/clones/mark.ts'
import { saveClone } from '../../src/clones/save.ts'
import { requireClone } from '../../src/clones/soundness.ts'
import { thrownBy } from '../builders/workspace.ts'
import { at, cloneSettings, makeMainTree, textIn, type MainTree } from '../helpers/main-tree.ts'

let main: MainTree
let folder: string

beforeEach(() => {
  main = makeMainTree()
  folder = main.site().folder
})

const inClone = (...args: string[]) => main.gitAt(folder, ...args)
const put = (path: string, text: string) => writeFileSync(join(folder, path), text)
const settings = (more: Partial<typeof cloneSettings>) => ({ settings: { ...cloneSettings, ...more } })

describe('a clone that is there', () => {
  beforeEach(async () => {
    await main.begin()
    await main.prepare()
    put('a.txt', 'changed\n')
    put('new.txt', 'new\n')
    put('work/tasks.json', '{"mine":1}\n')
    put('made.log', 'ignored\n')
  })

  test('is not touched for the same token', async () => {
    const mark = textIn(folder, '.git/work.json')
    expect(await main.prepare()).toMatchObject({ was: 'kept' })
    expect(inClone('status', '--porcelain').split('\n')).toHaveLength(3)
    expect(textIn(folder, '.git/work.json')).toBe(mark)
  })

  test('stays as it is for a resumed session', async () => {
    const start = inClone('rev-parse', 'HEAD')
    expect(await main.prepare({ token: 'token-2', attempt: 2, from: 'resume' })).toMatchObject({
      start,
      was: 'kept',
    })
    expect(inClone('status', '--porcelain').split('\n')).toHaveLength(3)
    expect(readMark(folder)).toMatchObject({ token: 'token-2', attempt: 2, prepared: true })
  })

  test('continues with a commit of the rest, without work/, and with what was merged since', async () => {
    main.git('checkout', '-q', 'workstream/001-x')
    const tip = main.commit({ 'b.txt': 'b\n' })
    main.git('checkout', '-q', 'main')
    expect(await main.prepare({ token: 'token-2', attempt: 2 })).toMatchObject({ tip, notes: [] })
    expect(textIn(folder, 'b.txt')).toBe('b\n')
    expect(inClone('log', '--format=%s', '--first-parent', '-2')).toBe(
      'Merge workstream/001-x into thread 001-x/01.01.01\nUnfinished work of attempt 1',
    )
    expect(inClone('log', '-1', '--format=%(trailers:key=Work-Thread,valueonly)', 'HEAD^')).toBe(
      '001-x/01.01.01',
    )
    expect(inClone('diff', '--name-only', 'HEAD^2', 'HEAD')).toBe('a.txt\nnew.txt')
    expect(inClone('status', '--porcelain')).toBe('M work/tasks.json')
  })

  test('is set up again only if its files have changed', async () => {
    const setup = [['sh', '-c', 'echo run >> runs.log']]
    await main.prepare({ token: 'token-2', attempt: 2, ...settings({ setup }) })
    expect(textIn(folder, 'runs.log')).toBe('run\n')
    await main.prepare({ token: 'token-3', attempt: 3, ...settings({ setup }) })
    expect(textIn(folder, 'runs.log')).toBe('run\n')
  })

  test('keeps its own side of a conflict with what was merged since', async () => {
    main.git('checkout', '-q', 'workstream/001-x')
    main.commit({ 'a.txt': 'theirs\n' })
    main.git('checkout', '-q', 'main')
    const { notes } = await main.prepare({ token: 'token-2', attempt: 2 })
    expect(notes).toEqual([expect.stringContaining('could not be merged into the clone without conflicts')])
    expect(textIn(folder, 'a.txt')).toBe('changed\n')
    expect(inClone('status', '--porcelain')).toBe('M work/tasks.json')
  })

  test('keeps a merge with conflicts that is under way', async () => {
    inClone('commit', '-qam', 'Mine')
    inClone('checkout', '-q', '-b', 'other', 'HEAD^')
    put('a.txt', 'other\n')
    inClone('commit', '-qam', 'Other')
    expect(() => inClone('merge', '-q', 'workthread/001-x/01.01.01')).toThrow(/Command failed/)
    const before = inClone('status', '--porcelain')
    const { notes } = await main.prepare({ token: 'token-2', attempt: 2 })
    expect(notes).toEqual(['1 file has unresolved conflicts, so the clone was left as it is.'])
    expect(inClone('status', '--porcelain')).toBe(before)
  })

  test('starts over from the newest tip, and all that was there is kept', async () => {
    inClone('commit', '-qam', 'Mine')
    const old = inClone('rev-parse', 'HEAD')
    main.git('checkout', '-q', 'workstream/001-x')
    const tip = main.commit({ 'b.txt': 'b\n' })
    main.git('checkout', '-q', 'main')
    expect(await main.prepare({ token: 'token-2', attempt: 2, from: 'over' })).toMatchObject({
      base: tip,
      start: tip,
    })
    expect(inClone('status', '--porcelain', '--branch')).toBe('## workthread/001-x/01.01.01')
    expect(textIn(folder, 'made.log')).toBe('ignored\n')
    expect(main.git('rev-parse', 'refs/work/001-x/01.01.01/2-before')).toBe(old)
    expect(main.git('show', 'refs/work/001-x/01.01.01/2-left:new.txt')).toBe('new')
  })

  test('is made again with all files when its folder is gone', async () => {
    inClone('commit', '-qam', 'Mine')
    rmSync(join(folder, '.gitignore'))
    rmSync(join(folder, 'made.log'))
    const before = inClone('status', '--porcelain')
    const head = inClone('rev-parse', 'HEAD')
    await saveClone(main.site(), { attempt: 1, at, env: main.env })
    rmSync(folder, { recursive: true })
    const setup = [['sh', '-c', 'echo run >> runs.log']]
    const prepared = await main.prepare({
      token: 'token-2',
      attempt: 2,
      from: 'resume',
      ...settings({ setup }),
    })
    expect(prepared).toMatchObject({ was: 'again', start: head })
    expect(inClone('status', '--porcelain')).toBe(`${before}\n?? runs.log`)
    expect(textIn(folder, 'runs.log')).toBe('run\n')
  })

  test.each([
    ['is gone', () => rmSync(join(folder, '.git'), { recursive: true })],
    ['has lost its HEAD', () => rmSync(join(folder, '.git', 'HEAD'))],
    ['has a broken configuration', () => writeFileSync(join(folder, '.git', 'config'), '[core')],
    ['works on another folder', () => inClone('config', 'core.worktree', main.root)],
  ])('keeps every file when its .git %s', async (_, damage) => {
    inClone('commit', '-qam', 'Mine')
    put('a.txt', 'changed again\n')
    const before = inClone('status', '--porcelain')
    const head = inClone('rev-parse', 'HEAD')
    await saveClone(main.site(), { attempt: 1, at, env: main.env })
    damage()
    expect(await thrownBy(() => requireClone(main.site()))).toMatchObject({ code: 'clone-gone' })
    const prepared = await main.prepare({ token: 'token-2', attempt: 2, from: 'resume' })
    expect(prepared).toMatchObject({ was: 'repaired', start: head })
    expect(inClone('status', '--porcelain')).toBe(before)
    expect(textIn(folder, 'made.log')).toBe('ignored\n')
    expect(main.git('status', '--porcelain')).toBe('')
  })
})

test('a folder of somebody else in the place of a clone is refused and kept', async () => {
  await main.begin()
  mkdirSync(folder, { recursive: true })
  main.gitAt(folder, 'init', '-q')
  put('mine.txt', 'mine\n')
  expect(await thrownBy(() => main.prepare())).toMatchObject({ code: 'clone-setup' })
  expect(textIn(folder, 'mine.txt')).toBe('mine\n')
  expect(lstatSync(join(folder, '.git')).isDirectory()).toBe(true)
})

test('a branch of the workstream that is gone is named', async () => {
  expect(await thrownBy(() => main.prepare())).toMatchObject({
    code: 'clone-setup',
    message: 'The branch workstream/001-x is gone: threads of this workstream start from it.',
  })
})
