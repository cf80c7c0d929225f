import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { isFolderName, isPathInside, requireInside, requireTargetInside } from '../../src/files/inside.ts'

it.each(['001-demo', 'demo', 'Größe 2', 'a.b', '..a'.slice(2)])('"%s" can name a folder', (name) => {
  expect(isFolderName(name)).toBe(true)
})

it.each([
  '',
  '.',
  '..',
  '.run',
  '../o',
  '../../../tmp/o',
  '/tmp/o',
  'a/b',
  'a\\b',
  'a\nb',
  'a\0b',
  'x'.repeat(256),
])('%j can not name a folder: it leads elsewhere, or is hidden', (name) => {
  expect(isFolderName(name)).toBe(false)
})

it.each(['.', 'work/001-demo/logs/01.01.01/1', 'packages/a b', 'a/..b/c..'])(
  'path "%s" stays inside',
  (path) => {
    expect(isPathInside(path)).toBe(true)
  },
)

it.each(['', '/tmp/o', '..', '../o', 'work/../../o', 'a\\..\\..\\o', 'work/..', '.git/hooks/x', 'a\0b'])(
  'path %j leads outside, or into .git',
  (path) => {
    expect(isPathInside(path)).toBe(false)
  },
)

let folder: string
let root: string
let outside: string

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'work-inside-')))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  root = join(folder, 'repo')
  outside = join(folder, 'outside')
  for (const each of [join(root, 'work/logs'), join(root, '.git'), outside])
    mkdirSync(each, { recursive: true })
  for (const each of ['repo/PLAN.md', 'repo/.git/config', 'outside/file'])
    writeFileSync(join(folder, each), '')
})

it.each([
  ['a folder that links outside', 'work/logs/01.01.01', '../../../outside', 'work/logs/01.01.01/1.log'],
  ['a folder that links to another folder inside', 'work/prompts', '../.git', 'work/prompts/a.md'],
  ['a folder that links nowhere', 'work/prompts', 'gone', 'work/prompts/a.md'],
  ['the folder itself, when it is a link', 'work/prompts', '../../outside', 'work/prompts'],
  ['a file that links outside', 'work/TASKS.md', '../../outside/file', 'work/TASKS.md'],
  ['a file that links into .git', 'work/TASKS.md', '../.git/config', 'work/TASKS.md'],
  ['a file that links nowhere, and would be made there', 'work/1.log', '../../outside/new', 'work/1.log'],
])('%s is refused', (_, link, target, path) => {
  symlinkSync(target, join(root, link))
  expect(() => requireInside(root, join(root, path))).toThrow(`${link} is a symbolic link to `)
})

it('files and folders that are not there, real ones, and files that link inside are taken', () => {
  symlinkSync('../PLAN.md', join(root, 'work/PLAN.md'))
  for (const path of ['work/PLAN.md', 'work/logs', 'work/logs/a/b', 'new/a']) {
    expect(() => requireInside(root, join(root, path))).not.toThrow()
  }
})

it('a root that is reached through a link is taken', () => {
  const alias = join(folder, 'alias')
  symlinkSync(root, alias)
  expect(() => requireInside(alias, join(alias, 'work/logs/a'))).not.toThrow()
  expect(() => requireTargetInside(alias, join(alias, 'work'))).not.toThrow()
})

it('a link that ends inside is taken where only the target counts, and one that ends outside is not', () => {
  symlinkSync('work', join(root, 'inner'))
  symlinkSync('../outside', join(root, 'outer'))
  expect(() => requireTargetInside(root, join(root, 'inner/new/file'))).not.toThrow()
  for (const path of ['outer', 'outer/new/file', '.git/hooks/new']) {
    expect(() => requireTargetInside(root, join(root, path))).toThrow('is a symbolic link to')
  }
})
