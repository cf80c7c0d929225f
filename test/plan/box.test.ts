import { describe, expect, test } from 'vitest'
import { deriveTasks } from '../../src/plan/derive.ts'
import { parsePlan } from '../../src/plan/parse.ts'
import { brief, planAround } from './builders.ts'

const details = (...lines: string[]) => planAround(`**Details:**\n\n${lines.join('\n')}`)

test('the marks of boxes in PLAN.md mean the same as in TASKS.md', () => {
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

describe('a box with a mark that has no meaning', () => {
  test.each(['?', '/', '>', '*', 'o', '\u2713', '\u2714', '+', ' x ', '\u{1F6A7}'])(
    'is warned about with its line: [%s]',
    (mark) => {
      const { plan, problems } = parsePlan(details('- [ ] a', `- [${mark}] b`))
      expect(brief(problems)).toEqual(['20 warning unknown-box'])
      expect(problems[0]?.message).toContain('so it does not become a task')
      expect(deriveTasks(plan).map(({ name }) => name)).toEqual(['a'])
    },
  )

  test('is warned about in the questions of a stage', () => {
    const text = planAround('x\n\n#### Stage Questions\n\n- [?] Which one?')
    expect(brief(parsePlan(text).problems)).toEqual(['21 warning unknown-box'])
  })

  test.each([
    '[1] a footnote',
    '[a](https://example.com) a link',
    '[see this] a note',
    '[x](y) a link',
    '[a]: b',
  ])('is not what begins with brackets for another reason: %s', (text) => {
    expect(parsePlan(details('- [ ] a', `- ${text}`)).problems).toEqual([])
  })
})

test.each(['-[ ] b', '-\u00A0[ ] b', '-\u3000[x] b', '1.\u00A0[ ] b', '-\u200B [ ] b', 'text\n2. [ ] b'])(
  'a box that Markdown does not see is warned about with its line: %j',
  (line) => {
    const { problems } = parsePlan(details(line, '', '- [ ] a'))
    expect(brief(problems)).toEqual([`${18 + line.split('\n').length} warning hidden-box`])
  },
)
