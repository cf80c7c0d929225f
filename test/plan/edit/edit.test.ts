import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  insertBatch,
  insertStage,
  insertStep,
  insertThread,
  type PlanEdit,
} from '../../../src/plan/edit/edit.ts'
import { fixBatch, fixStage, revisionStage } from '../../../src/plan/edit/fix-stage.ts'
import { parsePlan } from '../../../src/plan/parse/parse.ts'
import { allThreads } from '../../../src/plan/plan.ts'
import { brief, planAround, planText, readFixture, seededRandom } from '../../builders/plan.ts'

const fixtures = readdirSync(new URL('../../fixtures/plans', import.meta.url))
const thread = { name: 'New `thread`', summary: 'Do *it*.', steps: ['One', 'Two'] }
const batch = { name: 'New batch', summary: 'About it.', threads: [thread] }

/** Every edit that can be made to a plan, with its name. */
function editsOf(text: string): [string, () => PlanEdit][] {
  const { plan } = parsePlan(text)
  return [
    ['fix stage', () => insertStage(text, fixStage('01', 'login', ''))],
    ['revision', () => insertStage(text, revisionStage('plain words', 'Two\nlines.'))],
    ...plan.stages.flatMap(({ id }): [string, () => PlanEdit][] => [
      [`batch in ${id}`, () => insertBatch(text, id, batch)],
      [`fix batch in ${id}`, () => insertBatch(text, id, fixBatch(id, 'login', 'It fails.'))],
    ]),
    ...plan.stages.flatMap((stage) =>
      stage.batches.map(({ id }): [string, () => PlanEdit] => [
        `thread in ${id}`,
        () => insertThread(text, id, thread),
      ]),
    ),
    ...allThreads(plan).map(({ thread: { id } }): [string, () => PlanEdit] => [
      `step in ${id}`,
      () => insertStep(text, id, 'A **new** step'),
    ]),
  ]
}

/** Checks that hold for every edit. The edit itself checks that the plan contains exactly the addition. */
function flawsOf(text: string, { text: changed, start, end, line }: PlanEdit, name: string): string[] {
  const inserted = changed.slice(start, end)
  const wrongEnd = text.includes('\r\n') ? /(?<!\r)\n|\r(?!\n)/ : /\r/
  const first = changed.split(/\r?\n/)[line - 1] ?? ''
  return [
    ...(changed.slice(0, start) + changed.slice(end) === text ? [] : [`${name}: other bytes changed`]),
    ...(wrongEnd.test(inserted) ? [`${name}: a line ending that the file has not`] : []),
    ...(/^[ >]*(#{3,6} (Stage|Batch|Thread) \d+: |([-*+]|\d+[.)]) )/.test(first)
      ? []
      : [`${name}: ${first}`]),
  ]
}

const forms: [string, (text: string) => string][] = [
  ['as it is', (text) => text],
  ['with CRLF', (text) => text.replaceAll('\n', '\r\n')],
  ['with a byte order mark', (text) => `\uFEFF${text}`],
  ['without a final newline', (text) => text.trimEnd()],
  ['with a trailer', (text) => `${text.trimEnd()}\n\n---\n\n*Last updated: 2026-01-01*\n`],
  ['with a trailer right below', (text) => `${text.trimEnd()}\n---\n*Last updated: 2026-01-01*`],
  ['with another section behind', (text) => `${text.trimEnd()}\n\n## Notes\n\n- [ ] Mine\n`],
  ['with both', (text) => `\uFEFF${text.replaceAll('\n', '\r\n')}\r\n\r\n---\r\n\r\n*Last updated: x*\r\n`],
]

describe.each(forms)('a plan %s', (_, form) => {
  test.each(fixtures.filter((name) => name !== 'broken.md'))('%s keeps every byte around an edit', (name) => {
    const text = form(readFixture(name))
    expect(editsOf(text).flatMap(([what, edit]) => flawsOf(text, edit(), what))).toEqual([])
  })

  test('made at random keeps every byte around an edit and around the next one', () => {
    const random = seededRandom(7)
    for (let round = 0; round < 4; round += 1) {
      let text = form(randomPlan(random))
      for (let step = 0; step < 6; step += 1) {
        const edits = editsOf(text)
        const [what, edit] = edits[Math.floor(random() * edits.length)] ?? ['none', () => undefined]
        const done = edit()
        if (done === undefined) continue
        expect(flawsOf(text, done, what)).toEqual([])
        text = done.text
      }
    }
  })
})

describe('a new stage', () => {
  test('is the last of its section, above the trailer', () => {
    const text = `${planText([[[['A']]]])}\n\n---\n\n*Last updated: 2026-01-01*\n`
    const { text: changed, id, line } = insertStage(text, fixStage('01', 'login times out', ''))
    expect(id).toBe('02')
    expect(changed.split('\n').slice(line - 1)).toEqual([
      '### Stage 02: Fix - login times out',
      '',
      '#### Definition',
      '',
      'Addressing issues found in Stage 01.',
      'Fixes and improvements based on evaluation.',
      '',
      '#### Batches',
      '',
      '##### Batch 01: Fixes',
      '',
      '###### Thread 01: Implementation',
      '',
      '**Summary:**',
      'Apply fixes.',
      '',
      '**Details:**',
      '- [ ] Analyze root cause',
      '- [ ] Implement fix',
      '- [ ] Verify fix',
      '',
      '---',
      '',
      '*Last updated: 2026-01-01*',
      '',
    ])
  })

  test('is added after a stage that is already below the trailer', () => {
    const { text } = insertStage(readFixture('good.md'), fixStage('02', 'again', ''))
    expect(text.indexOf('Stage 04: Fix - again')).toBeGreaterThan(text.indexOf('Fix - map'))
    expect(text.indexOf('Fix - map')).toBeGreaterThan(text.indexOf('*Last updated'))
  })

  test('is added below "## Stages" if there are no stages yet, and before the next section', () => {
    const text = '# Plan: P\n\n## Summary\n\nS.\n\n## Stages\n\n## Notes\n'
    const edit = insertStage(text, fixStage('01', 'x', ''))
    expect(edit.id).toBe('01')
    expect(edit.text.indexOf('### Stage 01')).toBeLessThan(edit.text.indexOf('## Notes'))
  })

  test('of a revision asks two questions', () => {
    const { plan } = insertStage(planText([[[['A']]]]), revisionStage('words', ''))
    expect(plan.stages[1]?.questions.map(({ resolved }) => resolved)).toEqual([false, false])
    expect(plan.stages[1]).toMatchObject({ name: 'Revision - words', batches: [{ name: 'words' }] })
  })

  test('is not confused with a stage in a code fence', () => {
    const text = planAround('**Details:**\n\n```\n### Stage 09: Example\n\n---\n\n*Last updated: x*\n```')
    const edit = insertStage(text, fixStage('01', 'x', ''))
    expect(edit.id).toBe('02')
    expect(text.trimEnd()).toBe(edit.text.slice(0, edit.start))
  })
})

describe('a new batch', () => {
  test.each([
    ['', '01.01', '\n\n#### Stage Batches\n\n##### Batch 01: New batch\n'],
    ['#### Stage Batches\n', '01.01', '\n\n##### Batch 01: New batch\n'],
    ['#### Batches\n\n##### Batch 00: A\n\n###### Thread 01: B\n\nC.\n', '01.01', '\n\n##### Batch 01: New'],
    ['#### Batches\n\n##### Batch 03: A\n\n###### Thread 01: B\n\nC.\n', '01.04', '\n\n##### Batch 04: New'],
  ])('of a stage with %j is %s', (below, id, start) => {
    const text = `# Plan: P\n\n## Summary\n\nS.\n\n## Stages\n\n### Stage 01: A\n\n${below}\n### Stage 02: B\n`
    const edit = insertBatch(text, '01', batch)
    expect(edit.id).toBe(id)
    expect(edit.text.slice(edit.start).startsWith(start)).toBe(true)
    expect(edit.text.indexOf('New batch')).toBeLessThan(edit.text.indexOf('### Stage 02'))
  })

  test('is added after the other batches even if the questions of the stage come last', () => {
    const text = `${planAround('C.')}\n#### Stage Questions\n\n- [x] Why?\n`
    const edit = insertBatch(text, '01', batch)
    expect(edit.text.indexOf('New batch')).toBeLessThan(edit.text.indexOf('Stage Questions'))
  })
})

describe('a new step', () => {
  test.each([
    ['**Details:**\n- [x] A\n- [ ] B', '\n- [ ] New'],
    ['**Details:**\n\n* [ ] A\n\n* [ ] B', '\n\n* [ ] New'],
    ['**Details:**\n- Group\n  - [ ] A\n\nDone when green.', '\n  - [ ] New'],
    ['**Details:**\n1. [ ] A\n2. [ ] B\n   - note', '\n3. [ ] New'],
    ['**Details:**\n1. A\n2. B', '\n3. New'],
    ['**Details:**\n1. A\n1. B', '\n1. New'],
    ['**Details:**\n\n9) A\n   more', '\n10) New'],
    ['**Details:**\n- Modify:\n  1. A\n  2. B', '\n  3. New'],
    ['**Details:**\n- [ ] A\n  ```\n  - [ ] no step\n  ```', '\n- [ ] New'],
    ['**Details:**\n> - [ ] A', '\n> - [ ] New'],
  ])('of %j continues the list', (details, inserted) => {
    const text = planAround(details)
    const edit = insertStep(text, '01.01.01', 'New')
    expect(edit.text.slice(edit.start, edit.end)).toBe(inserted)
    expect(edit.plan.stages[0]?.batches[0]?.threads[0]?.steps.at(-1)).toMatchObject({ text: 'New' })
  })

  test.each([
    ['**Summary:**\nDo it.', '\n\n**Details:**\n- [ ] Do it.\n- [ ] New'],
    ['**Summary:**\nDo it.\n\n**Details:**', '\n- [ ] Do it.\n- [ ] New'],
    ['**Summary:**\nDo it.\n\n**Details:**\n<!-- what -->', '\n\n- [ ] Do it.\n- [ ] New'],
    ['**Summary:**\nDo it.\n\n**Details:**\nWith care.', '\n\n- [ ] Do it.\n- [ ] New'],
    ['**Summary:**\nDo it.\n\n**Details:**\n- a note', '\n- [ ] Do it.\n- [ ] New'],
    ['Do it.\n\n- a note', '\n- [ ] Do it.\n- [ ] New'],
    ['Do it.', '\n\n**Details:**\n- [ ] Do it.\n- [ ] New'],
    ['**Details:**\nWith care.\n\n**Summary:**\nDo it.', '\n\n**Details:**\n- [ ] Do it.\n- [ ] New'],
  ])('of %j keeps the step implied by the summary', (body, inserted) => {
    const edit = insertStep(planAround(body), '01.01.01', 'New')
    expect(edit.text.slice(edit.start, edit.end)).toBe(inserted)
    expect(edit.id).toBe('01.01.01.02')
  })

  test('replaces the step implied by the name, if requested', () => {
    const text = planAround('**Summary:**\n\n**Details:**')
    const edit = insertStep(text, '01.01.01', 'New', { keepImplied: false })
    expect(edit.text.slice(edit.start, edit.end)).toBe('\n- [ ] New')
    expect(edit.id).toBe('01.01.01.01')
  })
})

describe('an edit is refused', () => {
  const text = planAround('**Details:**\n- [ ] A')

  test.each([
    ['a heading', () => insertStage(text, fixStage('01', 'x', '### Stage 07: Mine'))],
    ['a fence that never ends', () => insertStage(text, fixStage('01', 'x', '```'))],
    ['a comment', () => insertStage(text, fixStage('01', '<!-- x -->', ''))],
    ['a heading that loses its end', () => insertThread(text, '01.01', { ...thread, name: 'C #' })],
    ['two lines', () => insertStep(text, '01.01.01', 'one\n- [ ] two')],
    ['a label', () => insertThread(text, '01.01', { ...thread, summary: 'A\n**Details:** B' })],
  ])('when a text holds %s', (_, edit) => {
    expect(edit).toThrow(expect.objectContaining({ code: 'edit-refused' }))
  })

  test('when the surrounding text swallows it, and the error says so', () => {
    const open = planAround('**Details:**\n\n```\nnever closed')
    expect(() => insertStage(open, fixStage('01', 'x', ''))).toThrow(/code block above it is never closed/)
  })

  test('but not for existing errors', () => {
    const broken = readFixture('broken.md')
    expect(brief(parsePlan(broken).problems).some((line) => line.includes(' error '))).toBe(true)
    const id = parsePlan(broken).plan.stages[0]?.id ?? ''
    expect(flawsOf(broken, insertBatch(broken, id, batch), 'broken')).toEqual([])
  })
})

/** A valid plan with steps, notes, fences, rules and questions at random. */
function randomPlan(random: () => number): string {
  const pick = (texts: readonly string[]) => texts[Math.floor(random() * texts.length)] ?? ''
  const count = () => 1 + Math.floor(random() * 3)
  const lines = ['# Plan: Random', '', '## Summary', '', 'S.', '', '## Stages', '']
  for (let stage = 1, stages = count(); stage <= stages; stage += 1) {
    lines.push(`### Stage 0${stage}: S${stage}`, '', pick(['', '#### Stage Questions\n\n- [x] Why?\n']))
    lines.push('#### Stage Batches', '')
    for (let number = 1, batches = count(); number <= batches; number += 1) {
      lines.push(`##### Batch 0${number}: B${number}`, pick(['', '\nSome words.\n']))
      for (let each = 1, threads = count(); each <= threads; each += 1)
        lines.push(`###### Thread 0${each}: T${each}`, pick(['', '\n']) + pick(bodies), pick(['', '']))
    }
    lines.push(pick(['', '', '---\n', '\n***\n\n']))
  }
  return `${lines.join('\n')}\n`
}

const bodies = [
  'Just words.',
  '**Summary:** Words.',
  '**Summary:**\nWords.\n**Details:**\n- note',
  '**Summary:**\nWords.\n\n**Details:**\n- [ ] A\n- [x] B',
  '**Details:**\n\n1. A\n\n2. B\n\n   ```md\n   ### Stage 09: no\n   ```',
  '**Details:**\n- [ ] A\n\n```md\n##### Batch 09: no\n- [ ] no\n```',
  '**Details:**\n- a\n  - [ ] deep\n    more\n\n<!-- end -->',
  '- note\n\n~~~\n---\n\n*Last updated: x*\n~~~',
]
