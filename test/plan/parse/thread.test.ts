import { expect, test } from 'vitest'
import { parsePlan } from '../../../src/plan/parse/parse.ts'
import { brief, planAround, readThreadText } from '../../builders/plan.ts'

test.each([
  ['**Summary:**\na\n\n**Details:**\n- b', 'a', '- b'],
  ['**Summary:** a\n\n**Details:** b', 'a', 'b'],
  ['**Summary**: a\n\n**Details**: b', 'a', 'b'],
  ['**Summary:**a\n\n**Details:**b', 'a', 'b'],
  ['__Summary:__ a\n\n*Details:* b', 'a', 'b'],
  ['Summary: a\n\nDetails: b', 'a', 'b'],
  ['SUMMARY\n\na\n\nDetails\n- b', 'a', '- b'],
  ['**Summary:** a\n**Details:** b', 'a', 'b'],
  ['**Details:** b\n\n**Summary:** a', 'a', 'b'],
  ['a\n\n**Details:** b', 'a', 'b'],
  ['a\n\n- b\n\nc', 'a', '- b\n\nc'],
  ['**Summary:** a\n\n```\nb\n```', 'a', '```\nb\n```'],
  ['**Summary:** a\n\nDetails follow later.', 'a\n\nDetails follow later.', ''],
  ['**Summary:** <!-- what -->\n\n**Details:**\n<!-- how -->', '', ''],
  ['**Summary:** a\n\n**Details:**\n  - b\n    - c', 'a', '- b\n  - c'],
  [
    '**Summary:** a\n\n**Details:** `<!-- b -->`\n```\n<!-- c -->\n```',
    'a',
    '`<!-- b -->`\n```\n<!-- c -->\n```',
  ],
  ['- b', '', '- b'],
])('%j has its summary and its details', (text, summary, details) => {
  expect(readThreadText(text)).toMatchObject({ summary, details })
})

test('labels without a blank line between them are read, with a warning', () => {
  const { problems } = parsePlan(planAround('**Summary:** a\n**Details:** b'))
  expect(brief(problems)).toEqual(['18 warning glued-label'])
})

test('text above a Summary label causes a warning', () => {
  const { problems } = parsePlan(planAround('a\n\n**Summary:** b'))
  expect(brief(problems)).toEqual(['17 warning unused-text'])
})

test('a thread with a name only is a warning', () => {
  expect(brief(parsePlan(planAround('**Summary:**\n\n**Details:**')).problems)).toEqual([
    '15 warning empty-thread',
  ])
})
