import { oneLine } from '../text/sanitize.ts'
import { fit, pad, textWidth } from './width.ts'

/** Text in a cell, or text with a colour, which is put on after the text has been cut and aligned. */
export type Cell = string | { text: string; paint: (text: string) => string }

/** What {@link renderTable} prints. */
export interface Table {
  head?: readonly Cell[]
  rows: readonly (readonly Cell[])[]
  /** Columns of the terminal; unlimited by default. */
  width?: number
  /** Indexes of the columns that give way when the table is too wide, the widest first. */
  shrink?: readonly number[]
  /** By the index of a column that gives way, the width it keeps: 8 by default. */
  least?: Readonly<Record<number, number>>
  /** Indexes of the columns that are aligned right. */
  right?: readonly number[]
  /** By the index of a column, how wide it is at least while there is room for it. */
  roomy?: Readonly<Record<number, number>>
  ellipsis?: string
}

/**
 * Lines of a table without borders: two spaces between columns, no wrapping, no trailing spaces. A column
 * that is empty in every row is left out; so are the last columns when there is no room for them.
 */
export function renderTable(table: Table): string[] {
  const columns = layOut(table)
  const rows = table.head === undefined ? table.rows : [table.head, ...table.rows]
  return rows.map((row) => renderRow(row, columns, table))
}

interface Column {
  index: number
  width: number
  /** The width it keeps whatever the terminal. */
  least: number
}

const gap = '  '
const leastShrunk = 8

function renderRow(row: readonly Cell[], columns: readonly Column[], table: Table): string {
  const texts = columns.map(({ index, width }) => fit(textOf(row[index]), width, table.ellipsis))
  const last = texts.findLastIndex((text) => text !== '')
  const cells = columns.slice(0, last + 1).map(({ index, width }, position) => {
    const text = texts[position] ?? ''
    if (table.right?.includes(index) === true) return paint(row[index], pad(text, width, 'right'))
    return paint(row[index], position === last ? text : pad(text, width))
  })
  return cells.join(gap)
}

function layOut(table: Table): Column[] {
  const width = table.width ?? Infinity
  const roomy = measure(table, table.roomy)
  if (total(roomy, (column) => column.width) <= width) return roomy
  const columns = measure(table)
  while (columns.length > 1 && total(columns, ({ least }) => least) > width) columns.pop()
  let excess = total(columns, (column) => column.width) - width
  while (excess > 0) {
    const flexible = columns.filter((column) => column.width > column.least)
    if (flexible.length === 0) break
    const widest = flexible.reduce((left, right) => (right.width > left.width ? right : left))
    widest.width -= 1
    excess -= 1
  }
  return columns.map((column) => ({ ...column, width: Math.min(column.width, width) }))
}

function measure({ head = [], rows, shrink = [], least = {} }: Table, roomy: Table['roomy'] = {}): Column[] {
  const count = rows.reduce((most, row) => Math.max(most, row.length), head.length)
  return Array.from({ length: count }, (_, index) => {
    const widest = rows.reduce((width, row) => Math.max(width, cellWidth(row[index])), 0)
    const isEmpty = widest === 0 && rows.length > 0
    const width = isEmpty ? 0 : Math.max(widest, cellWidth(head[index]), roomy[index] ?? 0)
    return {
      index,
      width,
      least: shrink.includes(index) ? Math.min(width, least[index] ?? leastShrunk) : width,
    }
  }).filter(({ width }) => width > 0)
}

function total(columns: readonly Column[], widthOf: (column: Column) => number): number {
  return columns.reduce((sum, column) => sum + gap.length + widthOf(column), -gap.length)
}

function cellWidth(cell: Cell | undefined): number {
  return textWidth(oneLine(textOf(cell)))
}

function textOf(cell: Cell | undefined): string {
  return typeof cell === 'object' ? cell.text : (cell ?? '')
}

function paint(cell: Cell | undefined, text: string): string {
  return typeof cell === 'object' ? cell.paint(text) : text
}
