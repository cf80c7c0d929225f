import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { saveClone } from '../../src/clones/save.ts'
import { requireClone } from '../../src/clones/soundness.ts'
import { useBundles } from '../helpers/bundle.ts'
import { killEverywhere } from './kill-everywhere.ts'
import { at, cloneSettings, makeMainTree, textIn, type MainTree } from '../helpers/main-tree.ts'

const program = useBundles('test/clones/prepare-worker.ts')

let main: MainTree
let folder: string

beforeEach(async () => {
  main = makeMainTree()
  folder = main.site().folder
  const files = Array.from({ length: 60 }, (_, index) => [`src/f${index % 7}/${index}.txt`, `${index}\n`])
  main.commit(Object.fromEntries(files))
  main.write('.env', 'A=1\n')
  await main.begin()
})

const setup = [['sh', '-c', 'echo run >> setup.log']]
const settings = { ...cloneSettings, copy: ['.env'], setup }

const removeAll = () => rmSync(dirname(folder), { recursive: true, force: true })
const status = () => main.gitAt(folder, 'status', '--porcelain')
const beside = () => readdirSync(dirname(folder)).toSorted()

function locksIn(place: string): string[] {
  const names = readdirSync(join(place, '.git'), { recursive: true, encoding: 'utf8' })
  return names.filter((name) => name.endsWith('.lock'))
}

test('a new clone is whole after a kill at any moment and a repetition', async () => {
  const order = main.order({ settings })
  const refs = main.git('for-each-ref')
  const again = async () => {
    await main.prepare({ settings })
    requireClone(main.site())
    expect(status()).toBe('')
    expect(main.gitAt(folder, 'ls-files').split('\n')).toHaveLength(63)
    expect(textIn(folder, '.env')).toBe('A=1\n')
    expect(textIn(folder, 'setup.log')).toMatch(/^run\n/)
    expect(beside()).toEqual(['.gitignore', '001-01.01.01'])
    expect(main.git('for-each-ref')).toBe(refs)
    expect([...locksIn(main.root), ...locksIn(folder)]).toEqual([])
  }
  const kills = await killEverywhere(program('prepare-worker'), main, order, removeAll, again)
  expect(kills).toBeGreaterThan(0)
})

/** What an agent left: a commit, and changed, deleted and untracked files. */
async function leaveWork(): Promise<void> {
  rmSync(dirname(folder), { recursive: true, force: true })
  for (const ref of main.git('for-each-ref', '--format=%(refname)', 'refs/work/001-x/01.01.01').split('\n'))
    if (ref !== '') main.git('update-ref', '-d', ref)
  await main.prepare({ settings })
  writeFileSync(join(folder, 'a.txt'), 'committed\n')
  main.gitAt(folder, 'commit', '-qam', 'Mine')
  writeFileSync(join(folder, 'a.txt'), 'changed\n')
  writeFileSync(join(folder, 'new.txt'), 'new\n')
  rmSync(join(folder, 'src/f1/1.txt'))
}

const left = 'M a.txt\n D src/f1/1.txt\n?? new.txt'

test('a clone that is made again has the work of its session after a kill at any moment', async () => {
  await leaveWork()
  await saveClone(main.site(), { attempt: 1, at, env: main.env })
  const resume = { token: 'token-2', attempt: 2, from: 'resume', settings } as const
  const kills = await killEverywhere(
    program('prepare-worker'),
    main,
    main.order(resume),
    removeAll,
    async () => {
      await main.prepare(resume)
      expect(status()).toBe(left)
      expect(main.gitAt(folder, 'log', '-1', '--format=%s')).toBe('Mine')
    },
  )
  expect(kills).toBeGreaterThan(0)
})

test('a new attempt on earlier work has it once after a kill at any moment', async () => {
  const goOn = { token: 'token-2', attempt: 2, settings } as const
  const kills = await killEverywhere(
    program('prepare-worker'),
    main,
    main.order(goOn),
    leaveWork,
    async () => {
      await main.prepare(goOn)
      expect(status()).toBe('')
      expect(main.gitAt(folder, 'log', '-2', '--format=%s', '--first-parent')).toBe(
        'Unfinished work of attempt 1\nMine',
      )
      expect(textIn(folder, 'a.txt')).toBe('changed\n')
      expect(existsSync(join(folder, 'src/f1/1.txt'))).toBe(false)
    },
  )
  expect(kills).toBeGreaterThan(0)
})

test('a damaged clone that is repaired keeps every file after a kill at any moment', async () => {
  const resume = { token: 'token-2', attempt: 2, from: 'resume', settings } as const
  const begin = async () => {
    await leaveWork()
    await saveClone(main.site(), { attempt: 1, at, env: main.env })
    rmSync(join(folder, '.git/HEAD'))
  }
  const kills = await killEverywhere(program('prepare-worker'), main, main.order(resume), begin, async () => {
    await main.prepare(resume)
    expect(status()).toBe(left)
    expect(textIn(folder, 'a.txt')).toBe('changed\n')
  })
  expect(kills).toBeGreaterThan(0)
})

test('starting over keeps what was there once, after a kill at any moment', async () => {
  const over = { token: 'token-2', attempt: 2, from: 'over', settings } as const
  const kills = await killEverywhere(
    program('prepare-worker'),
    main,
    main.order(over),
    leaveWork,
    async () => {
      await main.prepare(over)
      expect(status()).toBe('')
      expect(textIn(folder, 'a.txt')).toBe('a\n')
      expect(main.git('log', '-1', '--format=%s', 'refs/work/001-x/01.01.01/2-before')).toBe('Mine')
      expect(main.git('show', 'refs/work/001-x/01.01.01/2-left:a.txt')).toBe('changed')
      expect(main.git('show', 'refs/work/001-x/01.01.01/2-left:new.txt')).toBe('new')
    },
  )
  expect(kills).toBeGreaterThan(0)
})
