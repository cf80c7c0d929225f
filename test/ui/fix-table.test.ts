import { expect, it } from 'vitest'
import { type FixRow, renderFixTable } from '../../src/ui/fix-table.ts'
import { createStyle } from '../../src/ui/style.ts'
import { textWidth } from '../../src/ui/width.ts'

const style = createStyle({ color: false, unicode: true })
const now = Date.parse('2026-01-22T12:00:00.000Z')

it('the table of work fix looks like the example of the plan that the project is built from', () => {
  const rows = [
    row({ id: '01.01.01', status: 'completed', agent: 'backend-expert' }),
    row({ id: '01.01.02', status: 'failed', sessionCount: 2, agent: 'backend-expert' }),
    row({ id: '01.02.01', status: 'failed', reason: 'incomplete', agent: 'frontend-dev' }),
  ]
  expect(renderFixTable(rows, { style, now, width: 80 })).toEqual([
    'Thread          Status      Sessions  Last Agent',
    '01.01.01        completed   1         backend-expert',
    '01.01.02        failed      2         backend-expert',
    '01.02.01        incomplete  1         frontend-dev',
  ])
})

const rows = [
  row({
    id: '01.01.02',
    name: 'Schema Validation',
    status: 'failed',
    reason: 'exit',
    exitCode: 3,
    sessionCount: 2,
    agent: 'backend-expert',
    at: '2026-01-22T11:55:00.000Z',
  }),
  row({
    id: '01.02.01',
    name: 'Execute Command Integration',
    status: 'interrupted',
    reason: 'signal',
    signal: 'SIGKILL',
    agent: 'documentation-minimalist',
    at: '2026-01-20T10:00:00.000Z',
  }),
]

it('the table of work fix says what a thread is, why it ended and when, in 80 columns', () => {
  expect(renderFixTable(rows, { style, now, width: 80 })).toEqual([
    'Thread    Status       Sessions  Last Agent     Name              Reason',
    '01.01.02  failed       2         backend-expe…  Schema Validati…  exit code 3',
    '01.02.01  interrupted  1         documentatio…  Execute Command…  signal SIGKILL',
  ])
})

it('the table of work fix cuts nothing where there is room', () => {
  expect(renderFixTable(rows, { style, now })[2]).toBe(
    '01.02.01        interrupted  1         documentation-minimalist  Execute Command Integration  signal SIGKILL  2d ago',
  )
})

it.each([24, 40, 80, 120])('is never wider than %i columns', (width) => {
  const wide = [...rows, row({ name: '日本語'.repeat(30), agent: 'a\u001B[2J\u202Eb'.repeat(9) })]
  for (const line of renderFixTable(wide, { style, now, width })) {
    expect(textWidth(line)).toBeLessThanOrEqual(width)
    expect(line).not.toMatch(/[\p{Cc}\u202E]/u)
  }
})

it('the table of work fix gives no reason for what did not fail', () => {
  const [, line] = renderFixTable([row({ status: 'completed', reason: 'exit', exitCode: 3 })], { style, now })
  expect(line).not.toContain('exit')
})

function row(change: Partial<FixRow>): FixRow {
  return { id: '01.01.01', name: '', status: 'pending', sessionCount: 1, ...change }
}
