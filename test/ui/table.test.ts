import { expect, it } from 'vitest'
import { renderTable } from '../../src/ui/table.ts'
import { textWidth } from '../../src/ui/width.ts'

const head = ['Thread', 'Status', 'Sessions', 'Last Agent']
const rows = [
  ['01.01.01', 'completed', '1', 'backend-expert'],
  ['01.01.02', 'failed', '12', ''],
]

it('a table prints a head and rows with two spaces between columns and no trailing spaces', () => {
  expect(renderTable({ head, rows })).toEqual([
    'Thread    Status     Sessions  Last Agent',
    '01.01.01  completed  1         backend-expert',
    '01.01.02  failed     12',
  ])
})

it('aligns numbers right', () => {
  expect(renderTable({ head, rows, right: [2] })).toEqual([
    'Thread    Status     Sessions  Last Agent',
    '01.01.01  completed         1  backend-expert',
    '01.01.02  failed           12',
  ])
})

it('a table leaves out a column that is empty in every row', () => {
  expect(renderTable({ head: ['Id', 'Reason', 'Agent'], rows: [['1', '', 'default']] })).toEqual([
    'Id  Agent',
    '1   default',
  ])
})

it('a table prints the head alone when there are no rows', () => {
  expect(renderTable({ head: ['Id', 'Name'], rows: [] })).toEqual(['Id  Name'])
  expect(renderTable({ rows: [] })).toEqual([])
})

it('a table cuts the widest flexible column first', () => {
  const wide = [['01', 'a name that is rather long', 'an agent-name', 'end']]
  expect(renderTable({ rows: wide, shrink: [1, 2], width: 80 })).toEqual([
    '01  a name that is rather long  an agent-name  end',
  ])
  expect(renderTable({ rows: wide, shrink: [1, 2], width: 40 })).toEqual([
    '01  a name that is…   an agent-name  end',
  ])
  expect(renderTable({ rows: wide, shrink: [1, 2], width: 30 })).toEqual(['01  a name t…  an agent-…  end'])
})

it('a table cuts a column no further than its least width', () => {
  const wide = [['01', 'a name that is rather long', 'an agent-name', 'end']]
  expect(renderTable({ rows: wide, shrink: [1, 2], least: { 1: 20 }, width: 40 })).toEqual([
    '01  a name that is rath…  an agent…  end',
  ])
})

it('a table keeps a column wider than it need be only while nothing has to give way for it', () => {
  const table = { rows: [['01', 'name']], roomy: { 0: 6 } }
  expect(renderTable({ ...table, width: 12 })).toEqual(['01      name'])
  expect(renderTable({ ...table, width: 11 })).toEqual(['01  name'])
})

it('a table drops the last columns when there is no room for them', () => {
  expect(renderTable({ head, rows, width: 20 })).toEqual([
    'Thread    Status',
    '01.01.01  completed',
    '01.01.02  failed',
  ])
  expect(renderTable({ head, rows, width: 5 })).toEqual(['Thre…', '01.0…', '01.0…'])
})

it('measures wide characters by their columns', () => {
  expect(
    renderTable({
      rows: [
        ['日本', 'x'],
        ['abc', 'y'],
      ],
    }),
  ).toEqual(['日本  x', 'abc   y'])
})

it('a table keeps control characters and line breaks out of the terminal', () => {
  const unsafe = [['one\ntwo', '\u001B[31mred\u001B[0m', '\u001B]0;title\u0007end']]
  expect(renderTable({ rows: unsafe })).toEqual(['one two  red  end'])
})

it('puts colours on after the text is cut', () => {
  const cells = ['a long text', 'end'].map((text) => ({ text, paint: (cut: string) => `<${cut}>` }))
  expect(renderTable({ rows: [cells], width: 14, shrink: [0] })).toEqual(['<a long t…>  <end>'])
})

it.each([10, 24, 40, 80, 200])('is never wider than %i columns', (width) => {
  const long = [['01.01.01', '日本語'.repeat(30), 'word '.repeat(20), '👩‍👩‍👧'.repeat(9)]]
  for (const line of renderTable({ rows: long, width, shrink: [1, 2, 3] })) {
    expect(textWidth(line)).toBeLessThanOrEqual(width)
    expect(line).toBe(line.trimEnd())
  }
})
