import { createStore } from '@xstate/store'
import type { ThreadStanding } from '../../../machines/statuses.ts'
import type { BoardMode } from './mode.ts'
import { oneLine } from '../../text/sanitize.ts'
import type { ShownPhase } from '../phase.ts'
import type { ShownUsage } from '../usage.ts'

/** What the board shows of one thread. Times are milliseconds since 1970. */
export interface BoardRow extends ShownPhase {
  id: string
  name: string
  agent: string
  /** The session it is at, counted from 1. */
  attempt: number
  /** `waiting` is for a place among the threads that run in parallel; what is `pending` has not come up, and is not shown. */
  status: ThreadStanding | 'waiting'
  reason?: string | undefined
  exitCode?: number | undefined
  signal?: string | undefined
  startedAt?: number | undefined
  endedAt?: number | undefined
  /** What its session has used, as far as that is known. */
  usage?: ShownUsage | undefined
  /** The last line of its output that says something. */
  lastLine: string
  /** The last line of what its session failed with, which its output need not show. */
  error?: string | undefined
}

/** What a run looks like at one moment; the board draws it, plain output reports its changes. */
export interface BoardView {
  title: string
  startedAt: number
  /** How many threads may run at once. */
  parallel?: number | undefined
  rows: Readonly<Record<string, BoardRow>>
  /** The ids of the rows in the order of the plan. */
  order: readonly string[]
  /** A message about the run as a whole, for example that it is stopping. */
  message?: string | undefined
  mode: BoardMode
}

/** Holds what the board shows. The engine's news come in as events; an event for an unknown id changes nothing. */
export function createBoardStore(board: {
  title: string
  startedAt: number
  parallel?: number
  rows: readonly BoardRow[]
}) {
  const context: BoardView = {
    title: board.title,
    startedAt: board.startedAt,
    parallel: board.parallel,
    rows: Object.fromEntries(board.rows.map((row) => [row.id, row])),
    order: board.rows.map((row) => row.id),
    mode: { type: 'keyless' },
  }
  return createStore({
    context,
    on: {
      rowChanged: (current, event: { id: string; change: Partial<Omit<BoardRow, 'id'>> }) =>
        changeRow(current, event.id, event.change),
      output: (current, event: { id: string; line: string }) => {
        const lastLine = oneLine(event.line.slice(0, longestLine))
        return lastLine === '' ? current : changeRow(current, event.id, { lastLine })
      },
      mode: (current, event: { mode: BoardMode }) => ({ ...current, mode: event.mode }),
      message: (current, event: { text: string | undefined }) => ({ ...current, message: event.text }),
    },
  })
}

/** The store of one run; send events with `store.trigger`. */
export type BoardStore = ReturnType<typeof createBoardStore>

/** An agent may print a megabyte on one line; no terminal shows more than this many characters of it. */
const longestLine = 1000

function changeRow(context: BoardView, id: string, change: Partial<BoardRow>): BoardView {
  const row = context.rows[id]
  if (row === undefined) return context
  return { ...context, rows: { ...context.rows, [id]: { ...row, ...change } } }
}
