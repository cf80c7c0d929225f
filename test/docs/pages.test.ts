import { existsSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { allPages } from './all-pages.ts'
import { partsOf } from './page.ts'
import { rerun } from './rerun.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const pages = allPages().map((path) => ({
  path,
  name: relative(root, path),
  text: readFileSync(path, 'utf8'),
}))

const withCommands = pages.filter(({ text }) => partsOf(text).some((part) => part.type === 'command'))

describe.each(pages)('$name', ({ text }) => {
  const parts = partsOf(text)

  test('has no command that nothing runs', () => {
    const unrun = parts.flatMap((part) =>
      part.type === 'unrun' ? [`line ${part.line + 1}: ${part.command}`] : [],
    )
    expect(unrun).toEqual([])
    const tests = parts.flatMap((part) => (part.type === 'elsewhere' ? [part.test] : []))
    expect(tests.filter((file) => !existsSync(`${root}/${file}`))).toEqual([])
  })
})

test.each(withCommands)(
  '$name shows what its commands show (npm run docs:examples writes that)',
  async ({ path, text }) => {
    await expect(await rerun(text)).toMatchFileSnapshot(path)
  },
)
