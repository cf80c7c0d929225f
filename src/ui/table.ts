import { oneLine } from '../text/sanitize.ts'
import { fit, pad, textWidth } from './width.ts'

/** Text in a cell, or text with a colour, which is put on after the text has been cut and aligned. */
export type Cell = string | { text: string; paint: (text: string) => string }

/** A column of a table of `Row`s: what is in it, and how it behaves when the terminal is narrow. */
export interface Column<Row> {
  /** Its title; a table without any title has no line of titles. */
  head?: string
  /** What is in this column of a row. */
  cell: (row: Row) => Cell
  /** `left` by default. */
  align?: 'left' | 'right'
  /** Gives way when the table is too wide, the widest column first: down to this width, or to 8. */
  shrink?: true | number
  /** How wide it is at least while there is room for it. */
  roomy?: number
}

/** What {@link renderTable} prints. */
export interface Table<Row> {
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  /** The colour of the titles; none by default. */
  paintHead?: (text: string) => string
  /** Columns of the terminal; unlimited by default. */
  width?: number | undefined
  ellipsis?: string
}

/**
 * Lines of a table without borders: two spaces between columns, no wrapping, no trailing spaces. A column
 * that is empty in every row is left out; so are the last columns when there is no room for them.
 */
export function renderTable<Row>(table: Table<Row>): string[] {
  const { rows, ellipsis } = table
  const columns = layOut(table)
  const lines = rows.map((_, index) => renderLine(columns, ({ cells }) => cells[index] ?? '', ellipsis))
  const hasHead = table.columns.some(({ head }) => head !== undefined)
  return hasHead ? [renderLine(columns, ({ head }) => head, ellipsis), ...lines] : lines
}

/** A column as it is printed. */
interface LaidOut {
  head: Cell
  /** One for each row. */
  cells: readonly Cell[]
  align: 'left' | 'right'
  width: number
  /** The width it keeps whatever the terminal. */
  least: number
}

const gap = '  '
const leastShrunk = 8

function renderLine(
  columns: readonly LaidOut[],
  cellOf: (column: LaidOut) => Cell,
  ellipsis: string | undefined,
): string {
  const texts = columns.map((column) => fit(textOf(cellOf(column)), column.width, ellipsis))
  const last = texts.findLastIndex((text) => text !== '')
  return columns
    .slice(0, last + 1)
    .map((column, position) => {
      const text = texts[position] ?? ''
      const isPadded = column.align === 'right' || position < last
      return paint(cellOf(column), isPadded ? pad(text, column.width, column.align) : text)
    })
    .join(gap)
}

function layOut<Row>(table: Table<Row>): LaidOut[] {
  const { width = Infinity } = table
  const roomy = table.columns.map((column) => measure(table, column, column.roomy)).filter(isWide)
  if (total(roomy, (column) => column.width) <= width) return roomy
  const columns = table.columns.map((column) => measure(table, column)).filter(isWide)
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

function measure<Row>({ rows, paintHead }: Table<Row>, column: Column<Row>, roomy = 0): LaidOut {
  const { head = '', align = 'left', shrink } = column
  const cells = rows.map((row) => column.cell(row))
  const widest = cells.reduce<number>((width, cell) => Math.max(width, cellWidth(cell)), 0)
  const isEmpty = widest === 0 && rows.length > 0
  const width = isEmpty ? 0 : Math.max(widest, cellWidth(head), roomy)
  return {
    head: paintHead === undefined ? head : { text: head, paint: paintHead },
    cells,
    align,
    width,
    least: shrink === undefined ? width : Math.min(width, shrink === true ? leastShrunk : shrink),
  }
}

function isWide({ width }: LaidOut): boolean {
  return width > 0
}

function total(columns: readonly LaidOut[], widthOf: (column: LaidOut) => number): number {
  return columns.reduce((sum, column) => sum + gap.length + widthOf(column), -gap.length)
}

function cellWidth(cell: Cell): number {
  return textWidth(oneLine(textOf(cell)))
}

function textOf(cell: Cell): string {
  return typeof cell === 'object' ? cell.text : cell
}

function paint(cell: Cell, text: string): string {
  return typeof cell === 'object' ? cell.paint(text) : text
}
