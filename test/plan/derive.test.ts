import { expect, test } from 'vitest'
import { deriveTasks } from '../../src/plan/derive.ts'
import { parsePlan } from '../../src/plan/parse/parse.ts'
import { planAround, readFixture, readThreadText } from '../builders/plan.ts'

test('tasks are numbered within their thread and carry names and lines', () => {
  const { plan } = parsePlan(readFixture('good.md'))
  expect(deriveTasks(plan).map(({ id, status, line, name }) => `${line} ${id} ${status} ${name}`)).toEqual([
    '60 01.00.01.01 completed Write the migration',
    '64 01.00.01.02 pending Test the `migration`',
    '78 01.00.02.01 pending Connect',
    '80 01.00.02.02 pending Pull',
    '83 01.00.02.03 pending Close',
    '87 01.01.01.01 pending Ask the post. Once an hour.',
    '93 01.01.02.01 pending Ask the courier.',
    '109 02.01.01.01 pending Tiles',
    '110 02.01.01.02 completed Marker',
    '132 03.01.01.01 pending Analyze root cause',
    '133 03.01.01.02 pending Verify fix',
  ])
  expect(deriveTasks(plan)[0]).toMatchObject({
    stage_name: 'Foundation',
    batch_name: 'Ground',
    thread_name: 'Schema for `Map<string>`',
  })
})

test.each([
  ['boxes come before numbers', '**Details:**\n1. a\n2. b\n- [ ] c', ['c']],
  ['boxes at any depth', '**Details:**\n- a\n  - [ ] b\n    - [ ] c\n  1. [x] d', ['b', 'd']],
  ['boxes in a quote', '**Details:**\n> - [ ] a', ['a']],
  ['boxes written without care', '**Details:**\n- [ ]a\n- [] b\n- [x]c', ['a', 'b', 'c']],
  ['links are no boxes', '**Details:**\n- [x](http://a)\n- [ ](b)\n1. c', ['c']],
  ['numbers below a bullet', '**Details:**\n- a:\n  1. b\n  2. c\n     1. d\n- e', ['b', 'c']],
  ['no numbers from code', '**Summary:** s\n\n**Details:**\n```\n1. a\n- [ ] b\n```', ['s']],
  ['bullets are no steps', '**Summary:**\ns\n  t\n\n**Details:**\n- a\n- b', ['s t']],
  ['the name, if there is nothing else', '**Details:**\n- a', ['C']],
  ['boxes without labels', 'Do:\n- [ ] a\n- [ ] b', ['a', 'b']],
  ['the first paragraph of an item', '**Details:**\n- [ ] a `b`\n  c\n\n  d', ['a `b` c']],
  ['no comments', '**Details:**\n- [ ] a <!-- b -->\n- [ ] <!-- c -->', ['a']],
  ['empty boxes do not count', '**Summary:** s\n\n**Details:**\n- [ ]\n- [x]', ['s']],
])('the steps of a thread: %s', (_, text, steps) => {
  expect(readThreadText(text).steps.map((step) => step.text)).toEqual(steps)
})

test('a plan without threads has no tasks', () => {
  expect(deriveTasks(parsePlan(planAround('').replace(/######.*/, '')).plan)).toEqual([])
})
