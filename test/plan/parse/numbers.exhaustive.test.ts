import { expect, test } from 'vitest'
import { parsePlan } from '../../../src/plan/parse/parse.ts'
import { parseTasksMd } from '../../../src/plan/tasks-md/tasks-md.ts'
import { planAround } from '../../builders/plan.ts'

test('large numbers of questions, references and problems are all kept', () => {
  const count = 150_000
  const { plan } = parsePlan(
    planAround('x').replace(
      '#### Stage Batches',
      `#### Stage Questions\n\n${'- a\n'.repeat(count)}\n#### Stage Batches`,
    ),
  )
  expect(plan.stages[0]?.questions).toHaveLength(count)
  expect(parseTasksMd('- [ ] a\n'.repeat(count)).problems).toHaveLength(count)
})
