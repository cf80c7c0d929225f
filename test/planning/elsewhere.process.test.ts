import { rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { changedElsewhere, recordTree, type TreeRecord } from '../../src/planning/elsewhere.ts'
import { inheritedEnvironment } from '../../src/process/env.ts'
import { makeMainTree, type MainTree } from '../helpers/main-tree.ts'

async function record({ root, env }: MainTree): Promise<TreeRecord> {
  const found = await recordTree(root, inheritedEnvironment(env), 'work/001-x')
  if (found === undefined) throw new Error('git does not work.')
  return found
}

it('names what was changed, added, restored and removed, whatever its name, and nothing else', async () => {
  const main = makeMainTree()
  main.commit({
    'kept.txt': 'a',
    'changed.txt': 'a',
    'gone.txt': 'a',
    'restored.txt': 'a',
    'a b\n"c".txt': 'a',
  })
  main.write('restored.txt', 'b')
  main.write('dirty.txt', 'same')
  main.write('again.txt', 'one')
  const before = await record(main)
  main.write('changed.txt', 'b')
  main.write('restored.txt', 'a')
  main.write('again.txt', 'two')
  main.write('new folder/new.txt', 'a')
  main.write('a b\n"c".txt', 'b')
  rmSync(join(main.root, 'gone.txt'))
  symlinkSync('kept.txt', join(main.root, 'link'))
  main.write('ignored.log', 'a')
  main.write('work/001-x/PLAN.draft.md', 'a')
  main.write('work/.run/x', 'a')
  main.write('work/index.json', '{}')
  main.write('work/002-y/planning/state.json', '{}')
  main.write('work/002-y/tasks.json', '{}')
  main.write('work/002-y/PLAN.md', 'a')
  expect(changedElsewhere(before, await record(main))).toEqual([
    'a b\n"c".txt',
    'again.txt',
    'changed.txt',
    'gone.txt',
    'link',
    'new folder/new.txt',
    'restored.txt',
    'work/002-y/PLAN.md',
  ])
})

it('names a commit, and that nothing was changed', async () => {
  const main = makeMainTree()
  const before = await record(main)
  expect(changedElsewhere(before, await record(main))).toEqual([])
  const commit = main.commit({ 'b.txt': 'b' })
  expect(changedElsewhere(before, await record(main))).toEqual([`HEAD (${commit})`])
})

it('writes nothing, and knows nothing where git does not work', async () => {
  const main = makeMainTree()
  main.write('a.txt', 'b')
  const before = main.git('ls-files', '--debug')
  await record(main)
  expect(main.git('ls-files', '--debug')).toBe(before)
  rmSync(join(main.root, '.git'), { recursive: true })
  const env = { ...inheritedEnvironment(main.env), GIT_CEILING_DIRECTORIES: join(main.root, '..') }
  expect(await recordTree(main.root, env, 'work/001-x')).toBeUndefined()
})
