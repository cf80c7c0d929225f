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
    head: ['Thread', 'Status', 'Sessions', 'Last Agent', 'Name', 'Reason', 'When'].map((text) => ({
      text,
      paint: style.colors.dim,
    })),
    rows: rows.map((row) => {
      const shown = shownStatus(row)
      return [
        row.id,
        { text: shown, paint: statusPaint(style, shown) },
        String(row.sessionCount),
        row.agent ?? '',
        row.name,
        describeReason(row),
        row.at === undefined ? '' : formatAgo(row.at, now),
      ]
    }),
    ...(width === undefined ? {} : { width }),
    roomy: { 0: 14 },
    shrink: [4, 3],
    least: { 3: 10, 4: 16 },
    ellipsis: style.glyphs.ellipsis,
  })
}
