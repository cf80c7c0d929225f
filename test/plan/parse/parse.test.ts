import { describe, expect, test } from 'vitest'
import { parsePlan } from '../../../src/plan/parse/parse.ts'
import { allThreads, findThread } from '../../../src/plan/plan.ts'
import { brief, firstThread, planAround, readFixture, seededRandom } from '../../builders/plan.ts'

describe('a good plan', () => {
  const { plan, problems } = parsePlan(readFixture('good.md'))

  test('has no problems', () => {
    expect(problems).toEqual([])
  })

  test('keeps the inline Markdown of names and drops comments after them', () => {
    expect([plan.name, plan.line]).toEqual(['Parcel `tracker`', 1])
    expect(plan.stages.map(({ id, name, line }) => `${line} ${id} ${name}`)).toEqual([
      '21 01 Foundation',
      '99 02 Map',
      '116 03 Fix - map',
    ])
  })

  test('pads the id of each thread, from unpadded numbers too, and starts a stage with batch 00 if it is so written', () => {
    expect(allThreads(plan).map(({ thread }) => `${thread.line} ${thread.id} ${thread.name}`)).toEqual([
      '53 01.00.01 Schema for `Map<string>`',
      '72 01.00.02 Queue',
      '87 01.01.01 Post',
      '93 01.01.02 Courier',
      '105 02.01.01 Page @ home',
      '126 03.01.01 Implementation',
    ])
    expect(findThread(plan, '01.01.02')?.batch.name).toBe('Carriers')
    expect(findThread(plan, '01.01.09')).toBeUndefined()
  })

  test('keeps whole sections: paragraphs, lists and references of any form', () => {
    expect(plan.summary).toContain('1. Poll the carriers\n2. Show a map')
    expect(plan.summary).not.toContain('agreed with support')
    expect(plan.references).toEqual([
      '`docs/carriers.md` - what each carrier answers',
      '[The old tracker](https://example.com/old)',
      'See also the notes in `docs/notes/`.',
    ])
    expect(plan.stages[0]?.definition).toMatch(/^A place to keep.*\n\n- one table\n- one queue$/)
    expect(plan.stages[0]?.constitution).toMatch(/^\*\*Inputs:\*\*\n- `docs\/carriers.md`[^]*yet$/)
  })

  test('reads questions from both list signs, with and without a box', () => {
    expect(plan.stages[0]?.questions).toEqual([
      { text: 'Which database? **SQLite**', line: 41, resolved: true },
      { text: 'Which queue? None', line: 42, resolved: true },
      { text: 'How long do we keep a parcel?', line: 43, resolved: false },
      { text: 'A bullet without a box', line: 44, resolved: false },
      { text: '', line: 45, resolved: false },
    ])
  })

  test('keeps the details as the author wrote them, with nesting, boxes and code', () => {
    expect(firstThread(plan).details).toBe(`- Working package: \`./packages/db\`
- [x] Write the
  migration
  - [ ] with an index
- Then:
  - [ ] Test the \`migration\`
  - [ ]
- An example that is not a heading:
  \`\`\`markdown
  ### Stage 09: not a stage
  - [ ] not a box
  \`\`\``)
  })

  test('continues after a trailer, which belongs to no thread', () => {
    expect(findThread(plan, '02.01.01')?.thread.details).toBe('- [ ] Tiles\n- [X] Marker')
    expect(findThread(plan, '03.01.01')?.thread.details).toMatch(/green\.$/)
  })

  test('is the same with Windows line endings and a byte order mark', () => {
    const windows = `\uFEFF${readFixture('good.md').replaceAll('\n', '\r\n')}`
    expect(parsePlan(windows)).toEqual({ plan, problems })
  })
})

test('an old plan is parsed: any case, unpadded numbers, abbreviated section names, in any order', () => {
  const { plan, problems } = parsePlan(readFixture('legacy.md'))
  expect(brief(problems)).toEqual(['17 warning glued-label'])
  expect(plan.stages[0]).toMatchObject({ id: '01', definition: 'Written last.', constitution: 'Be kind.' })
  expect(plan.stages[0]?.questions).toEqual([{ text: 'Ship it?', line: 23, resolved: false }])
  expect(firstThread(plan)).toMatchObject({ summary: 'one line', details: '* first bullet\n* second bullet' })
})

describe('any text at all', () => {
  test.each(['', ' \n\t\n', '\uFEFF', '\r\n'])('an empty file is one error: %j', (text) => {
    expect(brief(parsePlan(text).problems)).toEqual(['1 error empty-plan'])
  })

  test('prose without a plan gets errors that say what a plan needs', () => {
    expect(brief(parsePlan('Hello.').problems)).toEqual([
      '1 error no-plan-name',
      '1 error no-summary',
      '1 error no-stages',
    ])
  })

  test('pieces of plans in any order never make the parser throw, and problems are sorted by line', () => {
    const pieces =
      `${readFixture('broken.md')}\n<!--\n-->\n~~~\n- [ ]\n    1. x\n\u0000\n<div>\n[a]: b\n> - [x] q`.split(
        '\n',
      )
    const random = seededRandom(1)
    for (let round = 0; round < 500; round += 1) {
      const lines = Array.from({ length: 12 }, () => pieces[Math.floor(random() * pieces.length)])
      const found = parsePlan(lines.join('\n')).problems.map(({ line }) => line)
      expect(found).toEqual(found.toSorted((left, right) => left - right))
    }
  })

  test('deep nesting and long lines are harmless', () => {
    const texts = [
      '- '.repeat(1000),
      '>'.repeat(5000),
      '[*_'.repeat(3000),
      `### ${'*'.repeat(50_000)}a`,
      '<!--'.repeat(9000),
    ]
    for (const text of texts) expect(brief(parsePlan(planAround(text)).problems).length).toBeLessThan(3)
  })
})

describe('a heading in a fence, a comment or a quote', () => {
  test.each([
    '```\n### Stage 02: x\n```',
    '~~~~\n~~~\n### Stage 02: x\n~~~~',
    '<!--\n### Stage 02: x\n-->',
    '> ### Stage 02: x',
  ])('is not a heading of the plan: %j', (text) => {
    const { plan, problems } = parsePlan(planAround(`Do it.\n\n${text}\n\n###### Thread 02: D\n\nMore.`))
    expect(problems).toEqual([])
    expect(allThreads(plan).map(({ thread }) => thread.line)).toEqual([15, 17 + text.split('\n').length + 3])
  })
})

test('a rule right below a sentence does not turn the sentence into a heading', () => {
  const { plan, problems } = parsePlan(
    planAround(
      'Do it.\n---\n*Last updated: today*\n\n### Stage 02: x\n##### Batch 01: y\n###### Thread 01: z\nw',
    ),
  )
  expect(brief(problems)).toEqual(['22 warning batch-outside-batches'])
  expect(firstThread(plan).summary).toBe('Do it.')
  expect(plan.stages).toHaveLength(2)
})
