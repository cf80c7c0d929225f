import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** Tests are named without their folder: folders of tests may be sorted again. */
const tests = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' }).map((path) =>
  basename(path),
)
const pages = ['docs/architecture.md', 'CONTRIBUTING.md']

test.each(pages)('the files and functions that %s names exist', (page) => {
  const named = namesIn(readFileSync(join(root, page), 'utf8'))
  expect(named.length).toBeGreaterThan(10)
  expect(named.filter((name) => !isThere(name))).toEqual([])
})

test('a name that does not exist is found', () => {
  const missing = ['src/ids.ts: nothingLikeThis', 'src/none.ts', 'no.test.ts']
  const text = [...missing, 'src/ids.ts: parentId', 'links.test.ts'].map((name) => `\`${name}\``).join(' ')
  expect(namesIn(text).filter((name) => !isThere(name))).toEqual(missing)
})

/** Paths of the repository in code spans, each with the name after it, if any. */
function namesIn(text: string): string[] {
  return [...text.matchAll(/`((?:src|machines|test|docs)\/[\w./-]+(?:: \w+)?|[\w-]+\.test\.ts)`/g)].map(
    ([, name = '']) => name,
  )
}

function isThere(named: string): boolean {
  const [path = '', name] = named.split(': ')
  if (!path.includes('/')) return tests.includes(path)
  if (!existsSync(join(root, path))) return false
  if (name === undefined) return true
  const declared = new RegExp(
    `\\b(?:function|const|class|interface|type) ${name}\\b|^ +(?:async )?${name}(?:\\(| = )`,
    'm',
  )
  return declared.test(readFileSync(join(root, path), 'utf8'))
}
