import { describe, expect, it } from 'vitest'
import { openQuestions } from '../../../src/plan/check.ts'
import { answerQuestion } from '../../../src/plan/edit/answer-question.ts'
import { parsePlan } from '../../../src/plan/parse/parse.ts'
import { planText } from '../../builders/plan.ts'

function planWith(questions: string): string {
  return planText([[[['Do it']]]], { questions })
}

/** Answers the only open question of a plan with these questions; gives the lines of its questions. */
function answered(questions: string, answer: string): string {
  const text = planWith(questions)
  const [question, ...more] = openQuestions(parsePlan(text).plan)
  expect(more).toEqual([])
  const after = answerQuestion(text, question?.line ?? 0, answer)
  expect(openQuestions(parsePlan(after).plan)).toEqual([])
  const before = text.split('\n')
  const first = before.findIndex((line, index) => line !== after.split('\n')[index])
  return after
    .split('\n')
    .slice(first, first + questions.split('\n').length)
    .join('\n')
}

describe('an answer', () => {
  it.each([
    ['- [ ] Which engine?', 'SQLite.', '- [x] Which engine? SQLite.'],
    ['- Which engine?', 'SQLite.', '- [x] Which engine? SQLite.'],
    ['* [] Which engine?', 'SQLite.', '* [x] Which engine? SQLite.'],
    ['3. [ ] Which engine?', 'SQLite.', '3. [x] Which engine? SQLite.'],
    ['- [ ] Which engine,\n  and why?', 'SQLite.', '- [x] Which engine,\n  and why? SQLite.'],
    ['- [ ] Which engine?\n  - one\n  - two', 'one', '- [x] Which engine? one\n  - one\n  - two'],
    ['- [ ] Which?', '`- [ ]` *no* \\', '- [x] Which? `- [ ]` *no* \\'],
    ['- [ ] Which?', 'one\ntwo', '- [x] Which? one two'],
    ['- [ ] Which?', '<!-- none -->', '- [x] Which? &lt;!-- none -->'],
    ['- [ ] Which?', '#### Batches', '- [x] Which? #### Batches'],
  ])('to %j follows it: %j', (question, answer, expected) => {
    expect(answered(question, answer)).toBe(expected)
  })

  it('keeps line ends and every other line', () => {
    const text = planWith('- [ ] Which?\n- [x] When? Now.').replaceAll('\n', '\r\n')
    const line = openQuestions(parsePlan(text).plan)[0]?.line ?? 0
    const after = answerQuestion(text, line, 'This.')
    expect(after).toBe(text.replace('- [ ] Which?\r\n', '- [x] Which? This.\r\n'))
  })

  it.each([
    ['no question', 1, 'x'],
    ['one that is answered', 'ticked', 'x'],
    ['an open one, but empty', 'open', ' \n '],
  ])('to %s is refused', (_, at, answer) => {
    const text = planWith('- [x] When? Now.\n- [ ] Which?')
    const first = text.split('\n').findIndex((line) => line.startsWith('- [x] When')) + 1
    const line = at === 'ticked' ? first : at === 'open' ? first + 1 : Number(at)
    expect(() => answerQuestion(text, line, answer)).toThrow("can't be answered by itself")
  })
})
