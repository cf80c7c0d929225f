import { type BoardView, type BoardRow, createBoardStore } from '../../../src/ui/board/store.ts'

export const startedAt = new Date(2026, 0, 22, 14, 0, 0).getTime()

/** A row of the board, waiting by default. */
export function row(change: Partial<BoardRow>): BoardRow {
  return {
    id: '01.01.01',
    name: 'Thread',
    agent: 'default',
    attempt: 1,
    status: 'waiting',
    lastLine: '',
    ...change,
  }
}

export function boardStore(...rows: BoardRow[]) {
  return createBoardStore({ title: '005-session-tracking 01.01', startedAt, parallel: 4, rows })
}

export function board(...rows: BoardRow[]): BoardView {
  return boardStore(...rows).getSnapshot().context
}
