import { chmodSync, symlinkSync, writeFileSync } from 'node:fs'
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

it('passes over a README and manifests that are not in UTF-8', async () => {
  const main = makeMainTree()
  writeFileSync(join(main.root, 'README.md'), Buffer.from('caf\u00E9\n', 'latin1'))
  writeFileSync(join(main.root, 'go.mod'), Buffer.from([0xff, 0xfe, 0xfd]))
  const { readme, manifests, testCommand } = await factsOf(main)
  expect([readme, manifests, testCommand]).toEqual([undefined, [], undefined])
})

it('reads a package.json that is nested too deep as any other text', async () => {
  const main = makeMainTree()
  const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`
  main.write('package.json', `{"scripts":{"test":"x"},"workspaces":${deep}}`)
  const { manifests, testCommand } = await factsOf(main)
  expect(manifests.map(({ path, text }) => [path, text.slice(0, 10)])).toEqual([
    ['package.json', '{"scripts"'],
  ])
  expect(testCommand).toBeUndefined()
})

it('cuts a long line between two characters', async () => {
  const main = makeMainTree()
  main.write('README.md', `x${'\u{1F600}'.repeat(4000)}`)
  const { readme } = await factsOf(main)
  expect(readme?.text.endsWith('\u{1F600}\n…')).toBe(true)
})

it('counts the files of folders that are not named', async () => {
  const main = makeMainTree()
  const folders = Array.from({ length: 300 }, (_, index) => `d${String(index).padStart(3, '0')}`)
  main.commit(
    Object.fromEntries(folders.flatMap((name) => [`${name}/a`, `${name}/b`].map((path) => [path, '']))),
  )
  const { files, more } = await factsOf(main)
  expect(files).toHaveLength(200)
  expect(files.slice(0, 3)).toEqual(['.gitignore', 'a.txt', 'd000/ (2 files)'])
  // .gitignore, a.txt and 198 folders are named.
  expect(more).toBe(2 * 102)
})

it('lists no files without git, and reads the rest', async () => {
  const main = makeMainTree()
  main.commit({ 'README.md': '# Shop\n' })
  const { files, readme } = await readRepositoryFacts(main.root, { PATH: '/nonexistent' })
  expect([files, readme?.text]).toEqual([[], '# Shop'])
})
