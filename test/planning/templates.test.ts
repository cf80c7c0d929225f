import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parsePlan } from '../../src/plan/parse/parse.ts'
import { isUnfilled } from '../../src/plan/unfilled.ts'
import { listTemplates, readTemplate } from '../../src/planning/templates.ts'

const folder = fileURLToPath(new URL('../../docs/templates', import.meta.url))
const names = ['bugfix', 'feature', 'migration', 'refactor']

describe('a template that comes with work', () => {
  it('is one of these', () => {
    expect(readdirSync(folder).toSorted()).toEqual(names.map((name) => `${name}.md`))
  })

  it.each(names)('%s is valid once its comments are replaced by words', (name) => {
    const text = readFileSync(join(folder, `${name}.md`), 'utf8')
    expect(isUnfilled(text)).toBe(true)
    const filled = text.replaceAll(/<!--[^]*?-->/g, 'Words.')
    expect(parsePlan(filled).problems).toEqual([])
    expect(isUnfilled(filled)).toBe(false)
  })
})

function makeOwn() {
  const root = mkdtempSync(join(tmpdir(), 'work-templates-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  mkdirSync(join(root, 'work/templates'), { recursive: true })
  writeFileSync(join(root, 'work/templates/release.md'), '# Plan: own\n')
  return { root, work: join(root, 'work') }
}

describe('a template of the repository', () => {
  it('is found by its name, or any file by its path', () => {
    const place = makeOwn()
    expect(readTemplate('release', place, '/')).toEqual({ name: 'release', text: '# Plan: own\n' })
    expect(readTemplate('./release.md', place, join(place.work, 'templates')).text).toBe('# Plan: own\n')
    expect(listTemplates(place)).toContain('release')
  })

  it('is found by a name with a dot in it', () => {
    const place = makeOwn()
    writeFileSync(join(place.work, 'templates/v1.2.md'), '# Plan: dotted\n')
    expect(listTemplates(place)).toContain('v1.2')
    expect(readTemplate('v1.2', place, '/').text).toBe('# Plan: dotted\n')
  })

  it('is a file: folders are not listed', () => {
    const place = makeOwn()
    mkdirSync(join(place.work, 'templates/folder.md'))
    expect(listTemplates(place)).not.toContain('folder')
  })

  it('is not listed where work/templates is a file', () => {
    const place = makeOwn()
    writeFileSync(join(place.root, 'templates'), '')
    expect(listTemplates({ work: place.root })).not.toContain('release')
  })

  it('is suggested when its name is nearly right', () => {
    const place = makeOwn()
    expect(() => readTemplate('relaese', place, '/')).toThrow(
      expect.objectContaining({
        code: 'template-missing',
        hint: expect.stringContaining('--template release,'),
      }),
    )
  })

  it.each([
    ['relaese', 'There is no template "relaese". Templates: '],
    ['./none.md', './none.md does not exist.'],
    ['../work/index', '../work/index does not exist.'],
  ])('%s is refused, and those there are are named', (name, words) => {
    const place = makeOwn()
    expect(() => readTemplate(name, place, place.root)).toThrow(words)
  })
})
