import type { SessionStatus } from '../../machines/statuses.ts'
import { describeOutcome, shownStatus } from './outcome.ts'
import { type Style, statusPaint } from './style.ts'
import { type Column, renderTable } from './table.ts'
import { formatAgo, formatDuration } from './durations.ts'
import { describeUsage, type ShownUsage } from './usage.ts'

/** One session; a SessionRecord of tasks.json fits. Times are ISO. */
export interface SessionLine {
  attempt?: number | undefined
  agentName: string
  model: string
  startedAt: string
  completedAt?: string | undefined
  status: SessionStatus
  reason?: string | null | undefined
  exitCode?: number | undefined
  signal?: string | undefined
  timeout?: number | undefined
  usage?: ShownUsage | undefined
}

/** A session with the thread it is of. */
export interface ThreadSession extends SessionLine {
  thread: string
}

interface SessionsOptions {
  style: Style
  /** Milliseconds since 1970. */
  now: number
  /** Columns of the terminal; unlimited by default. */
  width?: number
}

/** Lines of a table of sessions of several threads. */
export function renderSessions(sessions: readonly ThreadSession[], options: SessionsOptions): string[] {
  const { style, width } = options
  return renderTable({
    columns: [{ head: 'Thread', cell: ({ thread }) => thread }, ...sessionColumns(options)],
    rows: sessions,
    paintHead: style.colors.dim,
    width,
    ellipsis: style.glyphs.ellipsis,
  })
}

/** The columns of a table of sessions: number, outcome, how long, when, agent, model, what it used. */
export function sessionColumns({
  style,
  now,
}: Pick<SessionsOptions, 'style' | 'now'>): Column<SessionLine>[] {
  return [
    { head: '#', cell: ({ attempt = 1 }) => `#${attempt}` },
    {
      head: 'Result',
      cell: (session) => ({
        text: describeOutcome(session),
        paint: statusPaint(style, shownStatus(session)),
      }),
    },
    { head: 'Took', cell: (session) => lasted(session, now), align: 'right' },
    { head: 'Started', cell: ({ startedAt }) => formatAgo(startedAt, now), align: 'right' },
    { head: 'Agent', cell: ({ agentName }) => agentName, shrink: true },
    { head: 'Model', cell: ({ model }) => model, shrink: true },
    { head: 'Usage', cell: ({ usage }) => (usage === undefined ? '' : describeUsage(usage)) },
  ]
}

/** How long a session took, or has taken so far; empty when nobody knows when it began or ended. */
export function lasted(
  { startedAt, completedAt, status }: Pick<SessionLine, 'startedAt' | 'completedAt' | 'status'>,
  now: number,
): string {
  if (completedAt === undefined && status !== 'running') return ''
  const duration = (completedAt === undefined ? now : Date.parse(completedAt)) - Date.parse(startedAt)
  return Number.isNaN(duration) ? '' : formatDuration(duration)
}
