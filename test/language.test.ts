import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type Prose, proseOfPage, proseOfSchema, proseOfSource, proseOfTest } from './helpers/prose.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Words and phrases to avoid, and what to write. Each pattern leaves out the uses that are plain English. */
const vocabulary: [pattern: RegExp, instead: string][] = [
  [/\b(?:tell|tells|told|telling)\b/, 'report, show, say, specify; or distinguish'],
  [/\bmend(?:s|ed|ing)?\b/, 'fix, repair'],
  [/\b(?:come|comes|came|coming) to\b/, 'result, outcome, end as'],
  [/\b(?:go|goes|going|gone|went) on\b/, 'continue, resume'],
  [/\b(?:is|are|was|were) (?:not )?to be\b/, 'must be, should be'],
  [/\b(?:stand|stands|standing|stood)\b(?! for\b)/, 'is in, be'],
  [/\b(?:your|his|their|'s) word\b|\ba word (?:from|of|to)\b|\bwithout a word\b/, 'approval, message, note'],
  [/\b(?:take|takes|took|taking) nothing\b/, 'is rate-limited'],
  [/\b(?:lives|lived|living)\b|\blive on\b/, 'is running, keeps running, is in'],
  [
    /\b(?:to|that|who|which|they|may|can|must|agents|sessions|processes) live\b|\blive (?:thread|session|agent|process|one)s?\b/,
    'running; run',
  ],
  [/\b(?:give|gives|gave|giving) (?:(?:it|them) )?life\b/, 'run, start'],
  [/\ball the same\b/, 'anyway'],
  [/\bbesides\b/, 'also, apart from'],
  [/\bmeanwhile\b/, 'in the meantime'],
  [/\bbeforehand\b/, 'in advance'],
  [/\banew\b/, 'again'],
  [/\bwhoever\b/, 'anyone who'],
  [/\bthereof\b/, 'of it'],
  [/(?<!\b(?:leave|leaves|left|leaving) )\bbehind\b/, 'after'],
  [/\b(?:come|comes|came|coming) of\b/, 'result from'],
  [/\b(?:person|persons|people)\b/, 'you, the user, the reviewer'],
  [/\b(?:let|lets|letting) go\b/, 'release'],
  [/\b(?:hear|hears|heard|hearing)\b/, 'is notified of, see'],
  [/\blast words\b/, 'last output'],
  [/\bgiven up:/, 'trade-off'],
]

const found = new Map<string, string[]>()
for (const path of [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'package.json',
  ...['.config', 'docs', 'machines', 'src', 'test'].flatMap(filesIn),
]) {
  const faults = proseOf(path).flatMap(({ line, text }) =>
    faultsOf(text).map((fault) => `${path}:${line}: ${fault}`),
  )
  found.set(folderOf(path), [...(found.get(folderOf(path)) ?? []), ...faults])
}

describe('the vocabulary', () => {
  it.each([...found])('is kept in %s', (_, faults) => {
    expect(faults).toEqual([])
  })

  it.each(
    [
      'Unless TOLD otherwise',
      'Mends it',
      'what came to nothing',
      'how to go on with it',
      'What is to be done?',
      'It stands in PLAN.md',
      'completed by your word',
      'Its provider takes nothing before noon',
      'The agents live on',
      'the file lives in',
      'a live thread',
      'the words behind the colon',
      'Given up: speed',
    ].slice(1),
  )('finds "%s"', (text) => {
    expect(faultsOf(text)).not.toEqual([])
  })

  it.each([
    'the letter stands for a status',
    'a live view of the board',
    'the standard output, outstanding tasks',
    'the word "stage" and the words after it',
    'files that a crash leaves behind',
    'run `git tell` or read `behind`',
    'an agent that outlives its supervisor',
    'a recommendation',
  ])('allows "%s"', (text) => {
    expect(faultsOf(text)).toEqual([])
  })
})

describe('the prose of a source file', () => {
  const source = [
    `import { a } from './mend.ts'`,
    `/** One that`,
    ` *  is told. */`,
    'const b = `a ${c("not a // comment")} b`',
    `// First line`,
    `// and second.`,
    `it.each(rows)('a title', () => f('an argument'))`,
  ].join('\n')

  it('is its comments and its texts of several words', () => {
    expect(tidy(proseOfSource(source))).toEqual([
      '2: One that is told.',
      '5: First line and second.',
      '4: a … b',
      '4: not a // comment',
      '7: a title',
      '7: an argument',
    ])
  })

  it('is its comments and titles in a test', () => {
    expect(tidy(proseOfTest(source))).toEqual([
      '2: One that is told.',
      '5: First line and second.',
      '7: a title',
    ])
  })
})

function tidy(prose: Prose[]): string[] {
  return prose.map(({ line, text }) => `${line}: ${text.replaceAll(/\s+/g, ' ').trim()}`)
}

/** What is wrong with a text. Code in backticks is not prose. */
function faultsOf(text: string): string[] {
  const prose = text
    .replaceAll(/\\?`[^`]*`/g, '`…`')
    .replaceAll(/\s+/g, ' ')
    .toLowerCase()
  return vocabulary.flatMap(([pattern, instead]) => {
    const [phrase] = pattern.exec(prose) ?? []
    return phrase === undefined ? [] : [`"${phrase}" in "${prose.trim()}": write ${instead}`]
  })
}

function proseOf(path: string): Prose[] {
  const text = readFileSync(join(root, path), 'utf8')
  if (path.endsWith('.md')) return proseOfPage(text)
  if (path.endsWith('.json')) return proseOfSchema(text.replaceAll('"description"', '\n"description"'))
  return path.startsWith('test/') ? proseOfTest(text) : proseOfSource(text)
}

function folderOf(path: string): string {
  const [top = '', ...rest] = dirname(path).split('/')
  return ['src', 'test', 'docs'].includes(top) && rest[0] !== undefined ? `${top}/${rest[0]}` : top
}

function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((path) => /\.(?:ts|mjs|md|schema\.json)$/.test(path))
    .filter((path) => !path.startsWith('test/fixtures/') && path !== 'test/language.test.ts')
}
