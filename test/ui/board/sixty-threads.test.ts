import { describe, expect, it } from 'vitest'
import { renderBoard } from '../../../src/ui/board/board.ts'
import { renderFixTable } from '../../../src/ui/fix-table.ts'
import { createStyle } from '../../../src/ui/style.ts'
import { textWidth } from '../../../src/ui/width.ts'
import { board, row, startedAt } from './board-rows.ts'

const style = createStyle({ color: false, unicode: true })
const now = startedAt + 65_000

/** 60 threads: 9 failed, 4 running, 12 waiting, 35 completed. */
const rows = Array.from({ length: 60 }, (_, index) => {
  const id = `01.0${1 + Math.floor(index / 30)}.${String((index % 30) + 1).padStart(2, '0')}`
  const common = { id, name: `Migrate service number ${index + 1} to the new client`, startedAt }
  if (index % 7 === 3) {
    const error = 'Error: connect ECONNREFUSED 127.0.0.1:5432'
    return row({ ...common, status: 'failed', reason: 'exit', exitCode: 1, endedAt: now, error })
  }
  if (index % 16 === 1)
    return row({ ...common, status: 'running', lastLine: 'Running the tests of the client' })
  return index > 42
    ? row({ ...common, status: 'waiting', startedAt: undefined })
    : row({ ...common, status: 'completed', endedAt: now })
})

function count(status: string): number {
  return rows.filter((one) => one.status === status).length
}

describe.each([
  { width: 80, height: 24 },
  { width: 60, height: 20 },
])('60 threads on a terminal of $width × $height', ({ width, height }) => {
  const lines = renderBoard(board(...rows), { width, height, now, style })

  it('fit, with running and failed threads first and the others counted', () => {
    expect(lines.length).toBeLessThanOrEqual(height)
    expect(Math.max(...lines.map((line) => textWidth(line)))).toBeLessThanOrEqual(width)
    const shown = (glyph: string) => lines.filter((line) => line.startsWith(`${glyph} `)).length
    expect(shown('●')).toBe(count('running'))
    expect(shown('✗')).toBe(Math.min(count('failed'), height - 8 - count('running')))
    expect(lines.join('\n')).toMatch(/… and \d+ more \(.*\d+ waiting, \d+ completed.*\)/)
  })

  it('show the reason of each failure in full, and names as wide as that leaves', () => {
    const failed = lines.filter((line) => line.startsWith('✗ '))
    for (const line of failed) expect(line).toMatch(/Migrate serv\S*.* {2}failed: exit code 1/)
  })

  it('have names and reasons in the table of work fix', () => {
    const threads = rows
      .filter(({ status }) => status === 'failed')
      .map(({ id, name, reason, exitCode }) => ({
        id,
        name,
        status: 'failed' as const,
        reason,
        exitCode,
        sessionCount: 1,
        agent: 'default',
      }))
    const table = renderFixTable(threads, { style, now, width })
    expect(Math.max(...table.map((line) => textWidth(line)))).toBeLessThanOrEqual(width)
    for (const line of table.slice(1)) expect(line).toMatch(/failed +1 +default +Migrate s\S*/)
  })
})
