import type { SessionStatus } from '../../machines/statuses.ts'
import { describeOutcome, shownStatus } from './outcome.ts'
import { type Style, statusPaint } from './style.ts'
import { type Cell, renderTable } from './table.ts'
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
    head: ['Thread', '#', 'Result', 'Took', 'Started', 'Agent', 'Model', 'Usage'].map((text) => ({
      text,
      paint: style.colors.dim,
    })),
    rows: sessions.map((session) => [session.thread, ...sessionCells(session, 0, options)]),
    ...(width === undefined ? {} : { width }),
    shrink: [5, 6],
    right: [3, 4],
    ellipsis: style.glyphs.ellipsis,
  })
}

/** A session as cells of a table: number, outcome, how long, when, agent, model, what it used. */
export function sessionCells(
  session: SessionLine,
  index: number,
  { style, now }: Pick<SessionsOptions, 'style' | 'now'>,
): Cell[] {
  return [
    `#${session.attempt ?? index + 1}`,
    { text: describeOutcome(session), paint: statusPaint(style, shownStatus(session)) },
    lasted(session, now),
    formatAgo(session.startedAt, now),
    session.agentName,
    session.model,
    session.usage === undefined ? '' : describeUsage(session.usage),
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
