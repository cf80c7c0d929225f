import { expect, it } from 'vitest'
import { type Cell, type Column, renderTable } from '../../src/ui/table.ts'
import { textWidth } from '../../src/ui/width.ts'

/** A table whose rows are lists of cells, with what is special about each of their columns. */
const columnsOf = (...columns: Omit<Column<readonly Cell[]>, 'cell'>[]): Column<readonly Cell[]>[] =>
  columns.map((column, index) => ({ ...column, cell: (row) => row[index] ?? '' }))

const columns = columnsOf(
  { head: 'Thread' },
  { head: 'Status' },
  { head: 'Sessions' },
  { head: 'Last Agent' },
)
const rows = [
  ['01.01.01', 'completed', '1', 'backend-expert'],
  ['01.01.02', 'failed', '12', ''],
]

it('a table prints a head and rows with two spaces between columns and no trailing spaces', () => {
  expect(renderTable({ columns, rows })).toEqual([
    'Thread    Status     Sessions  Last Agent',
    '01.01.01  completed  1         backend-expert',
    '01.01.02  failed     12',
  ])
})

it('aligns numbers right', () => {
  expect(
    renderTable({
      columns: columns.map((column) => (column.head === 'Sessions' ? { ...column, align: 'right' } : column)),
      rows,
    }),
  ).toEqual([
    'Thread    Status     Sessions  Last Agent',
    '01.01.01  completed         1  backend-expert',
    '01.01.02  failed           12',
  ])
})

it('a table leaves out a column that is empty in every row', () => {
  expect(
    renderTable({
      columns: columnsOf({ head: 'Id' }, { head: 'Reason' }, { head: 'Agent' }),
      rows: [['1', '', 'default']],
    }),
  ).toEqual(['Id  Agent', '1   default'])
})

it('a table prints the head alone when there are no rows', () => {
  expect(renderTable({ columns: columnsOf({ head: 'Id' }, { head: 'Name' }), rows: [] })).toEqual([
    'Id  Name',
  ])
  expect(renderTable({ columns: columnsOf({}, {}), rows: [] })).toEqual([])
})

const wideRow = ['01', 'a name that is rather long', 'an agent-name', 'end']

it('a table cuts the widest flexible column first', () => {
  const table = { columns: columnsOf({}, { shrink: true }, { shrink: true }, {}), rows: [wideRow] }
  expect(renderTable({ ...table, width: 80 })).toEqual(['01  a name that is rather long  an agent-name  end'])
  expect(renderTable({ ...table, width: 40 })).toEqual(['01  a name that is…   an agent-name  end'])
  expect(renderTable({ ...table, width: 30 })).toEqual(['01  a name t…  an agent-…  end'])
})

it('a table cuts a column no further than its least width', () => {
  const table = { columns: columnsOf({}, { shrink: 20 }, { shrink: true }, {}), rows: [wideRow] }
  expect(renderTable({ ...table, width: 40 })).toEqual(['01  a name that is rath…  an agent…  end'])
})

it('a table keeps a column wider than it need be only while nothing has to give way for it', () => {
  const table = { columns: columnsOf({ roomy: 6 }, {}), rows: [['01', 'name']] }
  expect(renderTable({ ...table, width: 12 })).toEqual(['01      name'])
  expect(renderTable({ ...table, width: 11 })).toEqual(['01  name'])
})

it('a table drops the last columns when there is no room for them', () => {
  expect(renderTable({ columns, rows, width: 20 })).toEqual([
    'Thread    Status',
    '01.01.01  completed',
    '01.01.02  failed',
  ])
  expect(renderTable({ columns, rows, width: 5 })).toEqual(['Thre…', '01.0…', '01.0…'])
})

it('measures wide characters by their columns', () => {
  expect(
    renderTable({
      columns: columnsOf({}, {}),
      rows: [
        ['日本', 'x'],
        ['abc', 'y'],
      ],
    }),
  ).toEqual(['日本  x', 'abc   y'])
})

it('a table keeps control characters and line breaks out of the terminal', () => {
  const unsafe = [['one\ntwo', '\u001B[31mred\u001B[0m', '\u001B]0;title\u0007end']]
  expect(renderTable({ columns: columnsOf({}, {}, {}), rows: unsafe })).toEqual(['one two  red  end'])
})

it('puts colours on after the text is cut', () => {
  const cells = ['a long text', 'end'].map((text) => ({ text, paint: (cut: string) => `<${cut}>` }))
  expect(renderTable({ columns: columnsOf({ shrink: true }, {}), rows: [cells], width: 14 })).toEqual([
    '<a long t…>  <end>',
  ])
})

it.each([10, 24, 40, 80, 200])('is never wider than %i columns', (width) => {
  const long = [['01.01.01', '日本語'.repeat(30), 'word '.repeat(20), '👩‍👩‍👧'.repeat(9)]]
  const flexible = columnsOf({}, { shrink: true }, { shrink: true }, { shrink: true })
  for (const line of renderTable({ columns: flexible, rows: long, width })) {
    expect(textWidth(line)).toBeLessThanOrEqual(width)
    expect(line).toBe(line.trimEnd())
  }
})
