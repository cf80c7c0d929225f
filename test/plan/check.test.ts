import { expect, test } from 'vitest'
import { checkPlan, openQuestions } from '../../src/plan/check.ts'
import { parsePlan } from '../../src/plan/parse/parse.ts'
import { brief, planAround, readFixture } from '../builders/plan.ts'

const text = readFixture('good.md')
const { plan } = parsePlan(text)

test('a question with a text and no tick is open', () => {
  expect(openQuestions(plan)).toEqual([
    { text: 'How long do we keep a parcel?', line: 43, resolved: false, stage: '01' },
    { text: 'A bullet without a box', line: 44, resolved: false, stage: '01' },
  ])
})

test('"None" is an answer, not a question', () => {
  const none = planAround('x').replace(
    '#### Stage Batches',
    '#### Stage Questions\n\n- None.\n\n#### Stage Batches',
  )
  expect(openQuestions(parsePlan(none).plan)).toEqual([])
})

test("a check warns about missing inputs, open questions and boxes that don't become tasks", () => {
  const asked: string[] = []
  const problems = checkPlan(text, plan, (path) => {
    asked.push(path)
    return path === 'src/db/'
  })
  expect(asked).toEqual(['docs/carriers.md', 'src/db/', 'src/queue.ts'])
  expect(brief(problems)).toEqual([
    '33 warning missing-input',
    '34 warning missing-input',
    '43 warning open-question',
    '44 warning open-question',
    '62 warning idle-box',
  ])
})

test.each([
  '`src/*.ts`',
  '~/notes/x.md',
  '/etc/passwd',
  'https://example.com/a.md',
  'and/or',
  '`tasks.json`',
  '@scope/name',
])('%s does not count as a file of the repository', (input) => {
  const section = `#### Stage Constitution\n\n**Inputs:** ${input}\n\n#### Stage Batches`
  const odd = planAround('x').replace('#### Stage Batches', section)
  expect(checkPlan(odd, parsePlan(odd).plan, () => false)).toEqual([])
})
