import { describe, expect, test } from 'vitest'
import { parsePlan } from '../../../src/plan/parse/parse.ts'
import { allThreads } from '../../../src/plan/plan.ts'
import { formatProblem } from '../../../src/plan/problem.ts'
import { brief, planAround, readFixture } from '../../builders/plan.ts'

test('each fault of a broken plan is reported once, with its line', () => {
  expect(brief(parsePlan(readFixture('broken.md')).problems)).toEqual([
    '1 error no-plan-name',
    '3 error no-summary',
    '9 error heading-level',
    '11 error heading-level',
    '16 warning glued-label',
    '18 warning empty-thread',
    '18 warning number-gap',
    '20 error duplicate-number',
    '22 warning unused-text',
    '26 error heading-form',
    '30 error heading-form',
    '34 warning unknown-section',
    '40 warning unlisted-question',
    '44 warning unused-text',
    '46 error thread-outside-batch',
    '50 error empty-name',
    '50 warning number-gap',
    '52 warning batch-outside-batches',
    '52 warning number-gap',
    '52 error batch-without-threads',
    '55 error hidden-heading',
    '57 error empty-name',
    '57 error out-of-order',
    '57 error batch-without-threads',
    '59 error hidden-heading',
    '61 error heading-form',
    '61 error stage-without-batches',
    '63 error heading-form',
    '63 error out-of-order',
    '63 error stage-without-batches',
    '67 error stage-outside-stages',
    '73 error batch-outside-stage',
    '80 error hidden-heading',
  ])
})

test('a problem is a sentence with its place and a hint', () => {
  const text = planAround('x\n\n##### Batch 02: Later')
  expect(parsePlan(text).problems.map((problem) => formatProblem('PLAN.md', problem))).toEqual([
    'PLAN.md:19: Batch 02 has no threads. Add "###### Thread 01: …" or remove the batch.',
  ])
})

describe('a heading with a mistake', () => {
  test.each([
    ['###### Thread 2 - D', 'Thread 02 is not a valid heading. Write "###### Thread 02: D".'],
    ['###### Thread 02 : D', 'Thread 02 is not a valid heading. Write "###### Thread 02: D".'],
    ['###### **Thread 2: D**', 'Thread 02 is not a valid heading. Write "###### Thread 02: D".'],
    ['###### Thread 2', 'Thread 02 is not a valid heading. Write "###### Thread 02: …".'],
    ['###### Thread B: D', 'This thread has no number. Write "###### Thread 01: D".'],
    ['###### Thread: D', 'This thread has no number. Write "###### Thread 01: D".'],
    ['###### Thread - D', 'This thread has no number. Write "###### Thread 01: D".'],
    ['###### Thread 1.2: D', 'This thread has no number. Write "###### Thread 01: D".'],
    [
      '#### Thread 2: D',
      'Thread 02 has the wrong heading level: a thread has 6 "#". Write "###### Thread 02: D".',
    ],
    [
      '# Thread 2: Questions',
      'Thread 02 has the wrong heading level: a thread has 6 "#". Write "###### Thread 02: Questions".',
    ],
    ['###### Thread 2:', 'Thread 02 has no name yet. Describe it in a few words: "###### Thread 02: …".'],
    [
      '###### Thread 2: <!-- Thread Name -->',
      'Thread 02 has no name yet. Describe it in a few words: "###### Thread 02: …".',
    ],
  ])('%s is one error, and the text below it is still read', (heading, message) => {
    const { plan, problems } = parsePlan(planAround(`x\n\n${heading}\n\nSomething.`))
    expect(problems.map((problem) => formatProblem('P', problem))).toEqual([`P:19: ${message}`])
    expect(allThreads(plan).map(({ thread }) => thread.id)).toEqual(['01.01.01', '01.01.02'])
    expect(allThreads(plan)[1]?.thread.summary).toBe('Something.')
  })

  test.each([
    '###### Notes',
    '##### Threading',
    '###### Batches and more',
    '### Approach',
    '# Install it',
    '###### Thread safety',
  ])('%s is the text of the thread', (heading) => {
    const { plan, problems } = parsePlan(planAround(`x\n\n${heading}\n\nSomething.`))
    expect(problems).toEqual([])
    expect(allThreads(plan)[0]?.thread.details).toBe(`${heading}\n\nSomething.`)
  })
})

describe('a line that is not a heading in Markdown', () => {
  test.each([
    ['- x\n  ###### Thread 02: D', 18],
    ['x\n\n    ###### Thread 02: D', 19],
    ['x\n    ###### Thread 02: D', 18],
    ['x\n\n######Thread 02: D', 19],
    ['x\n\n```\n###### Thread 02: D', 20],
    ['x\n\n<!-- not closed\n###### Thread 02: D', 20],
    ['x\n\n<div>\n###### Thread 02: D', 20],
  ])('%j is an error', (text, line) => {
    expect(brief(parsePlan(planAround(text)).problems)).toEqual([`${line} error hidden-heading`])
  })
})

describe('a heading of the plan with a character that looks like a space or like nothing', () => {
  test.each([
    ['######\u00A0Thread 02: U', 'U+00A0 (no-break space)'],
    ['######\u3000Thread 02: U', 'U+3000 (ideographic space)'],
    ['######\u2009Thread 02: U', 'U+2009 (thin space)'],
    ['######\u200BThread 02: U', 'U+200B (zero-width space)'],
    ['\u00A0###### Thread 02: U', 'U+00A0 (no-break space)'],
    ['\u200B###### Thread 02: U', 'U+200B (zero-width space)'],
    ['###### \u200BThread 02: U', 'U+200B (zero-width space)'],
    ['###### Thr\u00ADead 02: U', 'U+00AD (soft hyphen)'],
    ['###### Thread\u2060 02: U', 'U+2060 (word joiner)'],
    ['#####\u00A0Batch 02: U', 'U+00A0 (no-break space)'],
    ['###\u00A0Stage 02: U', 'U+00A0 (no-break space)'],
    ['###\u202FStage 02: U', 'U+202F (narrow no-break space)'],
    ['####\u00A0Stage Batches', 'U+00A0 (no-break space)'],
    ['####\u00A0Questions', 'U+00A0 (no-break space)'],
    ['##\u00A0Stages', 'U+00A0 (no-break space)'],
    ['#\u00A0Plan: Q', 'U+00A0 (no-break space)'],
  ])('is an error that names it: %j', (heading, character) => {
    const { problems } = parsePlan(planAround(`x\n\n${heading}\n\ny`))
    expect(problems).toMatchObject([{ severity: 'error', code: 'hidden-heading', line: 19 }])
    expect(problems[0]?.message).toContain(character)
  })

  test.each([
    ['######\tThread 02: U', 2],
    ['###### \u00A0Thread 02: U', 2],
    ['###### Thread\u00A002: U', 2],
    ['###### Thread 02:\u00A0U', 2],
    ['###### A\u200Bnote', 1],
    ['#\u00A0hashtag', 1],
    ['Text with\u00A0# Plan: in it', 1],
  ])('is not an error if the line is read as it looks: %j', (heading, threads) => {
    const { plan, problems } = parsePlan(planAround(`x\n\n${heading}\n\ny`))
    expect(problems).toEqual([])
    expect(allThreads(plan)).toHaveLength(threads)
  })
})

describe('stages, batches and threads in odd places', () => {
  test('stages without "## Stages" are used, with one warning', () => {
    const text = planAround('x').replace('## Stages\n', '')
    const { plan, problems } = parsePlan(text)
    expect(brief(problems)).toEqual(['8 warning no-stages-heading'])
    expect(plan.stages).toHaveLength(1)
  })

  test('a stage in another section is an error, not a guess', () => {
    const { plan, problems } = parsePlan(planAround('x\n\n## Notes\n\n### Stage 02: y\n\n##### Batch 01: z'))
    expect(brief(problems)).toEqual(['21 error stage-outside-stages'])
    expect(plan.stages).toHaveLength(1)
  })

  test('a batch in another section of its stage is used, with a warning', () => {
    const { plan, problems } = parsePlan(
      planAround('x\n\n#### Stage Questions\n\n##### Batch 02: y\n\n###### Thread 01: z\n\nw'),
    )
    expect(brief(problems)).toEqual(['21 warning batch-outside-batches'])
    expect(plan.stages[0]?.batches).toHaveLength(2)
  })

  test('text right below a stage is its definition', () => {
    const { plan } = parsePlan(planAround('x').replace('### Stage 01: A', '### Stage 01: A\n\nWhy.'))
    expect(plan.stages[0]?.definition).toBe('Why.')
  })

  test('threads may be in any order, stages and batches may not', () => {
    expect(brief(parsePlan(planAround(`x\n\n${threadNumber(3)}${threadNumber(2)}`)).problems)).toEqual([
      '19 warning number-gap',
      '23 warning out-of-order',
    ])
    expect(brief(parsePlan(planAround(`x\n\n##### Batch 0: y\n${threadNumber(1)}`)).problems)).toEqual([
      '19 error out-of-order',
    ])
  })

  test('a second name is a warning', () => {
    expect(brief(parsePlan(planAround('x\n\n# Plan: Q')).problems)).toEqual(['19 warning second-plan'])
  })
})

function threadNumber(number: number): string {
  return `###### Thread ${number}: x\n\ny\n\n`
}
