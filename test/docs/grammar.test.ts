import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { planExample, planRules } from '../../src/plan/grammar.ts'
import { parsePlan } from '../../src/plan/parse/parse.ts'

function pageOf(name: string): string {
  return readFileSync(fileURLToPath(new URL(`../../docs/${name}`, import.meta.url)), 'utf8')
}

const skill = 'skills/planning-workstreams/SKILL.md'

test.each(['plan.md', skill])('%s shows the plan that planning agents are shown', (name) => {
  expect(pageOf(name)).toContain(`\n\`\`\`\`markdown\n${planExample}\`\`\`\`\n`)
})

test('the skill has the rules in the prompt of planning agents', () => {
  expect(pageOf(skill)).toContain(`\n${planRules}\n`)
})

test('the plan that they are shown is valid, and has five tasks', () => {
  const { plan, problems } = parsePlan(planExample)
  expect(problems).toEqual([])
  const threads = plan.stages.flatMap(({ batches }) => batches.flatMap((batch) => batch.threads))
  expect(threads.map(({ steps }) => steps.length)).toEqual([2, 2, 1])
})
