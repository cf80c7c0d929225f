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

describe.each(pages)('$name', ({ path, text }) => {
  const parts = partsOf(text)

  test('has no command that nothing runs', () => {
    const unrun = parts.flatMap((part) =>
      part.type === 'unrun' ? [`line ${part.line + 1}: ${part.command}`] : [],
    )
    expect(unrun).toEqual([])
    const tests = parts.flatMap((part) => (part.type === 'elsewhere' ? [part.test] : []))
    expect(tests.filter((file) => !existsSync(`${root}/${file}`))).toEqual([])
  })

  test.runIf(parts.some((part) => part.type === 'command'))(
    'shows what its commands show (npm run docs:examples writes that)',
    { timeout: 120_000 },
    async () => {
      await expect(await rerun(text)).toMatchFileSnapshot(path)
    },
  )
})
