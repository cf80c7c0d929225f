import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { programFiles } from '../helpers/program-files.ts'

const files = programFiles()
  .filter(({ path }) => path.endsWith('/waits.ts'))
  .toSorted((one, other) => (one.path < other.path ? -1 : 1))

interface Wait {
  name: string
  value: unknown
  comment: string
}

/** The waits of a file in their order, with the comment right above each. */
async function waitsIn(path: string, text: string): Promise<Wait[]> {
  const file = new URL(`../../${path}`, import.meta.url).href
  const values: Record<string, unknown> = await import(/* @vite-ignore */ file)
  return [...text.matchAll(/(?:\/\*\*((?:(?!\*\/)[^])*)\*\/\n)?^export const (\w+)/gm)].map(
    ([, comment = '', name = '']) => ({
      name,
      value: values[name],
      comment: comment.replaceAll(/\s+(?:\* )?/g, ' ').trim(),
    }),
  )
}

const waits = (await Promise.all(files.map(({ path, text }) => waitsIn(path, text)))).flat()

/** What a comment says: what waits, after a colon why, and what happens then. Nobody notices how often `work` looks. */
const listed = /^Milliseconds (?:for|after|in|by) which ([^:]+?)(?:: [^]+?)?\.(?: Then ([^]+)\.)?$/
const unnoticed = /^Milliseconds between two /

function rowOf({ value, comment }: Wait): string[] {
  const [, what = '', then = ''] = listed.exec(comment) ?? []
  const duration = durationOf(Number(value))
  return [what, comment.startsWith('Milliseconds after') ? `after ${duration}` : duration, then]
}

function durationOf(ms: number): string {
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000} h`
  return ms % 60_000 === 0 ? `${ms / 60_000} min` : `${ms / 1000} s`
}

test('the comment of each wait says its unit, what waits and what happens then', () => {
  expect(waits.length).toBeGreaterThan(40)
  expect(waits.filter(({ comment }) => !listed.test(comment) && !unnoticed.test(comment))).toEqual([])
})

test('docs/reliability.md lists every wait that can be noticed, with its value', () => {
  const page = readFileSync(new URL('../../docs/reliability.md', import.meta.url), 'utf8')
  const [, section = ''] = /^## Waits\n([^]*?)(?=^## )/m.exec(page) ?? []
  const rows = [...section.matchAll(/^\| (.*?) +\| (.*?) +\| (.*?) *\|$/gm)].map(([, ...cells]) => cells)
  expect(rows.slice(2)).toEqual(waits.filter(({ comment }) => listed.test(comment)).map(rowOf))
})

test('no other file of the program has a wait of its own', () => {
  const own = new RegExp(
    [
      String.raw`\b(?:delay|pause)\(\d`,
      String.raw`\bperformance\.now\(\) [+-] \d`,
      String.raw`\btimeout: [\d_]+(?!\w)`,
      String.raw`\w+(?:Patience|Interval|Grace|Delay|Ms|After) = [\d(]`,
      String.raw`set(?:Timeout|Interval)\([^]*?\}, \d`,
    ].join('|'),
  )
  const found = programFiles().filter(({ path, text }) => !path.endsWith('/waits.ts') && own.test(text))
  expect(found.map(({ path }) => path)).toEqual([])
  expect(own.test('await delay(100)')).toBe(true)
})
