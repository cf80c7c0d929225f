import type { ThreadStanding } from '../../machines/statuses.ts'
import { describeReason, shownStatus } from './outcome.ts'
import { type Style, statusPaint } from './style.ts'
import { renderTable } from './table.ts'
import { formatAgo } from './durations.ts'

/** A thread that `work fix` and `work continue` offer; what is not known of any of them takes no column. */
export interface FixRow {
  id: string
  name: string
  status: ThreadStanding
  reason?: string | null | undefined
  /** How the process of its last session ended. */
  exitCode?: number | undefined
  signal?: string | undefined
  sessionCount: number
  /** Who had its last session, or is to have the first one. */
  agent?: string | null | undefined
  /** ISO time at which its last session ended; where that is not known, at which it began. */
  at?: string | undefined
}

export interface FixTableOptions {
  style: Style
  /** Milliseconds since 1970. */
  now: number
  /** Columns of the terminal; unlimited by default. */
  width?: number
}

/** Lines of a table of threads to choose from: status, number of sessions, last agent, reason. */
export function renderFixTable(rows: readonly FixRow[], { style, now, width }: FixTableOptions): string[] {
  return renderTable({
    columns: [
      { head: 'Thread', cell: ({ id }) => id, roomy: 14 },
      {
        head: 'Status',
        cell: (row) => {
          const shown = shownStatus(row)
          return { text: shown, paint: statusPaint(style, shown) }
        },
      },
      { head: 'Sessions', cell: ({ sessionCount }) => String(sessionCount) },
      { head: 'Last Agent', cell: ({ agent }) => agent ?? '', shrink: 10 },
      { head: 'Name', cell: ({ name }) => name, shrink: 16 },
      { head: 'Reason', cell: describeReason },
      { head: 'When', cell: ({ at }) => (at === undefined ? '' : formatAgo(at, now)) },
    ],
    rows,
    paintHead: style.colors.dim,
    width,
    ellipsis: style.glyphs.ellipsis,
  })
}
