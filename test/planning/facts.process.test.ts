import { chmodSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readRepositoryFacts } from '../../src/planning/repository-facts.ts'
import { inheritedEnvironment } from '../../src/process/env.ts'
import { makeMainTree, type MainTree } from '../helpers/main-tree.ts'

function factsOf({ root, env }: MainTree) {
  return readRepositoryFacts(root, inheritedEnvironment(env))
}

it('lists files that git has or would take, the README, and what counts of manifests', async () => {
  const main = makeMainTree()
  main.commit({ 'src/a.ts': '', 'README.md': '# Shop\n', 'yarn.lock': '' })
  main.write('new.ts', '')
  main.write('ignored.log', '')
  const scripts = { test: 'vitest' }
  main.write(
    'package.json',
    JSON.stringify({ name: 'shop', scripts, dependencies: { zod: '4' }, files: ['x'] }),
  )
  const { files, more, readme, manifests, testCommand } = await factsOf(main)
  expect(files.toSorted()).toEqual([
    '.gitignore',
    'README.md',
    'a.txt',
    'new.ts',
    'package.json',
    'src/a.ts',
    'yarn.lock',
  ])
  expect(more).toBe(0)
  expect(readme).toEqual({ path: 'README.md', text: '# Shop' })
  expect(manifests.map(({ path, text }) => [path, JSON.parse(text)])).toEqual([
    ['package.json', { name: 'shop', scripts, dependencies: ['zod'] }],
  ])
  expect(testCommand).toBe('yarn test')
})

it.each([
  [{ 'Cargo.toml': '[package]' }, 'cargo test'],
  [{ 'go.mod': 'module x' }, 'go test ./...'],
  [{ 'pyproject.toml': '[tool.pytest.ini_options]' }, 'pytest'],
  [{ Makefile: 'all:\n\ntest:\n\ttrue\n' }, 'make test'],
  [{ 'package.json': '{ not json' }, undefined],
])('finds the command of the tests of %j', async (files, expected) => {
  const main = makeMainTree()
  main.commit(files)
  expect((await factsOf(main)).testCommand).toBe(expected)
})

it('names folders where there are many files, the more so the more there are', async () => {
  const main = makeMainTree()
  const files = Array.from(
    { length: 400 },
    (_, index) => [`src/part-${index % 20}/f${index}.ts`, ''] as const,
  )
  main.commit(Object.fromEntries(files))
  const { files: named, more } = await factsOf(main)
  expect(named).toContain('src/part-0/ (20 files)')
  expect(named).toHaveLength(22)
  expect(more).toBe(0)
})

it('passes over what is no text, too large, a link, or unreadable, and cuts a long README at a line', async () => {
  const main = makeMainTree()
  main.commit({
    'README.md': 'A line of words.\n'.repeat(1000),
    'go.mod': 'a\0b',
    Makefile: 'x'.repeat(1_000_001),
  })
  symlinkSync('/etc/hostname', join(main.root, 'Gemfile'))
  main.write('pom.xml', '<x/>')
  chmodSync(join(main.root, 'pom.xml'), 0)
  const { readme, manifests } = await factsOf(main)
  expect(readme?.text.length).toBeLessThan(4100)
  expect(readme?.text.endsWith('A line of words.\n…')).toBe(true)
  // root may read everything.
  expect(manifests.map(({ path }) => path).filter((path) => path !== 'pom.xml')).toEqual([])
})
