import { describe, expect, test } from 'vitest'
import { deriveTasks } from '../../src/plan/derive.ts'
import { parsePlan } from '../../src/plan/parse/parse.ts'
import { brief, planAround } from '../builders/plan.ts'

const details = (...lines: string[]) => planAround(`**Details:**\n\n${lines.join('\n')}`)

test('the marks in boxes mean the same in PLAN.md and TASKS.md', () => {
  const text = details(
    '- [ ] a',
    '- [x] b',
    '- [~] c',
    '- [!] d',
    '- [-] e',
    '- [X] f',
    '- [] g',
    '- [\u00A0] h',
  )
  expect(parsePlan(text).problems).toEqual([])
  expect(deriveTasks(parsePlan(text).plan).map(({ name, status }) => `${name} ${status}`)).toEqual([
    'a pending',
    'b completed',
    'c in_progress',
    'd blocked',
    'e cancelled',
    'f completed',
    'g pending',
    'h pending',
  ])
})

describe('a box with an unknown mark', () => {
  test.each(['?', '/', '>', '*', 'o', '\u2713', '\u2714', '+', ' x ', '\u{1F6A7}'])(
    'causes a warning with its line: [%s]',
    (mark) => {
      const { plan, problems } = parsePlan(details('- [ ] a', `- [${mark}] b`))
      expect(brief(problems)).toEqual(['20 warning unknown-box'])
      expect(problems[0]?.message).toContain('so it does not become a task')
      expect(deriveTasks(plan).map(({ name }) => name)).toEqual(['a'])
    },
  )

  test('causes a warning in the questions of a stage', () => {
    const text = planAround('x\n\n#### Stage Questions\n\n- [?] Which one?')
    expect(brief(parsePlan(text).problems)).toEqual(['21 warning unknown-box'])
  })

  test.each([
    '[1] a footnote',
    '[a](https://example.com) a link',
    '[see this] a note',
    '[x](y) a link',
    '[a]: b',
  ])('is not other text that begins with brackets: %s', (text) => {
    expect(parsePlan(details('- [ ] a', `- ${text}`)).problems).toEqual([])
  })
})

test.each(['-[ ] b', '-\u00A0[ ] b', '-\u3000[x] b', '1.\u00A0[ ] b', '-\u200B [ ] b', 'text\n2. [ ] b'])(
  'a box that is not one in Markdown causes a warning with its line: %j',
  (line) => {
    const { problems } = parsePlan(details(line, '', '- [ ] a'))
    expect(brief(problems)).toEqual([`${18 + line.split('\n').length} warning hidden-box`])
  },
)
