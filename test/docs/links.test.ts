import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { allPages } from './all-pages.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

test.each(allPages().map((path) => ({ path, name: relative(root, path) })))(
  'the links of $name lead to files and headings that are there',
  ({ path }) => {
    const links = linksOf(readFileSync(path, 'utf8'))
    expect(links.filter((link) => !leadsSomewhere(path, link))).toEqual([])
  },
)

test('every page can be reached from README.md', () => {
  const [readme = '', ...pages] = allPages()
  const reached = new Set([readme])
  for (const path of reached) {
    for (const link of linksOf(readFileSync(path, 'utf8'))) {
      const target = join(dirname(path), link.replace(/#.*/, ''))
      if (pages.includes(target)) reached.add(target)
    }
  }
  expect(pages.filter((path) => !reached.has(path))).toEqual([])
})

test('a link to a file or heading that is gone is found', () => {
  const readme = join(root, 'README.md')
  expect(linksOf('[a](docs/fix.md#resume) `[b](c)`\n```\n[d](e)\n```\n![f](docs/img/no.svg)')).toEqual([
    'docs/fix.md#resume',
    'docs/img/no.svg',
  ])
  expect(leadsSomewhere(readme, 'docs/fix.md#resume')).toBe(true)
  expect(leadsSomewhere(readme, 'docs/fix.md#nowhere')).toBe(false)
  expect(leadsSomewhere(readme, 'docs/img/no.svg')).toBe(false)
})

/** The targets of links and pictures that are no code and lead to this repository. */
function linksOf(page: string): string[] {
  const prose = page
    .replaceAll(/^(`{3,}).*?^\1$/gms, '')
    .replaceAll(/`[^`\n]*`/g, (code) => '_'.repeat(code.length))
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^https?:/.test(target))
}

function leadsSomewhere(page: string, link: string): boolean {
  const [file = '', anchor] = link.split('#')
  const path = file === '' ? page : join(dirname(page), file)
  if (!existsSync(path)) return false
  return anchor === undefined || anchorsOf(readFileSync(path, 'utf8')).includes(anchor)
}

/** The headings of a page as GitHub names them. */
function anchorsOf(page: string): string[] {
  const prose = page.replaceAll(/^(`{3,}).*?^\1$/gms, '')
  return [...prose.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )
}
