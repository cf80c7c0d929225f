import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { checkPlan } from '../../src/plan/check.ts'
import { deriveTasks } from '../../src/plan/derive.ts'
import { parsePlan } from '../../src/plan/parse/parse.ts'
import { parseTasksMd, renderTasksMd } from '../../src/plan/tasks-md/tasks-md.ts'

const docs = readFileSync(new URL('../../docs/plan.md', import.meta.url), 'utf8')

test('the plan in the documentation has no problems and the five tasks that the page describes', () => {
  const text = example('````markdown\n', '\n````\n')
  const { plan, problems } = parsePlan(text)
  expect(problems).toEqual([])
  expect(checkPlan(text, plan, () => true).map(({ code }) => code)).toEqual([])
  expect(deriveTasks(plan).map(({ id, name }) => `${id} ${name}`)).toEqual([
    '01.01.01.01 Write the migration',
    '01.01.01.02 Test it on a copy of the live data',
    '01.02.01.01 Read the answer',
    '01.02.01.02 Store the position',
    '01.02.02.01 Ask the courier once an hour, as described in `docs/carriers.md`.',
  ])
})

test('the TASKS.md in the documentation is what work generates', () => {
  const text = example('```text\n# Tasks', '```\n')
  const { tasks, problems } = parseTasksMd(text)
  expect(problems).toEqual([])
  expect(renderTasksMd('parcel-tracker', tasks)).toBe(text)
})

test.each([
  ...['build', 'heading-problem', 'hidden', 'parse', 'part', 'structure', 'thread'].map(
    (name) => `parse/${name}`,
  ),
  'check',
])('the documentation explains every problem of %s.ts', (file) => {
  const source = readFileSync(new URL(`../../src/plan/${file}.ts`, import.meta.url), 'utf8')
  const codes = [...source.matchAll(/(?:code: |#(?:error|warn)\(\s*)'([a-z-]+)'/g)].map(
    (match) => match[1] ?? '',
  )
  expect(codes).not.toEqual([])
  expect(codes.filter((code) => !docs.includes(`\`${code}\``))).toEqual([])
})

/** The example between two fences; `open` may select it by its first words. */
function example(open: string, close: string): string {
  const start = docs.indexOf(open) + open.indexOf('\n') + 1
  return docs.slice(start, docs.indexOf(close, start)).trimEnd() + '\n'
}
