import { isOver, type ThreadStanding } from '../../machines/statuses.ts'
import { oneLine } from '../text/sanitize.ts'
import { describeDelivery, mergedAs, type ShownDelivery } from './delivery.ts'
import { formatAgo } from './durations.ts'
import { describeOutcome, shownStatus } from './outcome.ts'
import { describePhase, type ShownPhase } from './phase.ts'
import { lasted, sessionColumns, type SessionLine } from './sessions.ts'
import { type Style, statusGlyph, statusPaint } from './style.ts'
import { type Cell, type Column, renderTable } from './table.ts'
import { fit } from './width.ts'

/** A thread as a row of the table. */
export interface ThreadRow extends ShownPhase, ShownDelivery {
  id: string
  name: string
  status: ThreadStanding
  reason?: string | null | undefined
  agent?: string | null | undefined
  /** Its session is another checkout's, or may be running where it can't be seen. */
  foreign?: { type: 'elsewhere' | 'unknown' } | null | undefined
  sessionCount: number
  /** Whether its last session can be taken up again. */
  resumable: boolean
  /** What completed it. */
  settledBy?: 'session' | 'user' | 'tasks' | null | undefined
  tasks: { total: number; completed: number }
  lastSession?: SessionLine | undefined
  /** Each attempt, oldest first; given only when they are shown. */
  sessions?: readonly SessionLine[] | undefined
}

/** What the lines are made for. */
export interface StatusLook {
  style: Style
  /** Milliseconds since 1970. */
  now: number
  /** Columns of the terminal; unlimited by default. */
  width?: number
}

/** The table of threads, with lines about their clones and attempts. */
export function renderThreads(threads: readonly ThreadRow[], options: StatusLook): string[] {
  const { style, width = Infinity } = options
  const [head = '', ...rows] = renderTable({
    columns: threadColumns(options),
    rows: threads,
    paintHead: style.colors.dim,
    width,
    ellipsis: style.glyphs.ellipsis,
  })
  const attempts = renderSessions(threads, options)
  return [
    head,
    ...rows.flatMap((row, index) => [
      row,
      ...renderDelivery(threads[index], options),
      ...(attempts[index] ?? []),
    ]),
  ]
}

/** A line about the clone of a thread, where there is more to say than that it is merged. */
function renderDelivery(thread: ThreadRow | undefined, { style, width = Infinity }: StatusLook): string[] {
  if (thread === undefined) return []
  // While it is running, an earlier stop is history, and its clone may still have to be made.
  const isRunning = thread.status === 'running'
  const shown = isRunning ? { clone: thread.clone } : thread
  const text = describeDelivery(shown, isRunning || isOver(thread.status))
  const line = fit(text, width - sessionIndent.length, style.glyphs.ellipsis)
  return text === '' ? [] : [sessionIndent + style.colors.dim(line)]
}

/** Names shrink before reasons; both are worth more than the columns at the end. */
function threadColumns(options: StatusLook): Column<ThreadRow>[] {
  const { style, width = Infinity } = options
  const [leastName, leastStatus] = width < 60 ? [8, 18] : [16, 24]
  return [
    { head: 'Thread', cell: ({ id }) => id },
    { head: 'Name', cell: ({ name }) => name, shrink: leastName },
    { head: 'Status', cell: (thread) => statusCell(thread, options), shrink: leastStatus },
    { head: 'Merged', cell: mergedAs },
    { head: 'Tasks', cell: ({ tasks }) => `${tasks.completed}/${tasks.total}`, align: 'right' },
    {
      head: 'Sessions',
      cell: (thread) => `${markOf(thread, style)} ${thread.sessionCount}`,
      align: 'right',
    },
    { head: 'Agent', cell: ({ agent }) => agent ?? '', shrink: true },
    {
      head: 'When',
      cell: (thread) => (liveSession(thread) === undefined ? describeLast(thread, options) : ''),
    },
  ]
}

function statusCell(thread: ThreadRow, { style, now }: StatusLook): Cell {
  const shown = shownStatus(thread)
  const live = liveSession(thread)
  const phase = live === undefined ? undefined : describePhase(thread, now)
  const words = [
    statusGlyph(style, shown),
    phase ?? describeStanding(thread),
    live === undefined || phase !== undefined ? '' : lasted(live, now),
  ].filter((part) => part !== '')
  return { text: words.join(' '), paint: statusPaint(style, shown) }
}

/** The session of a running thread, where it can be seen. */
function liveSession({ status, foreign, lastSession }: ThreadRow): SessionLine | undefined {
  return status === 'running' && !foreign ? lastSession : undefined
}

/** The status of a thread, and why it did not complete. */
function describeStanding({ lastSession, ...thread }: ThreadRow): string {
  if (thread.foreign) return thread.foreign.type
  return describeOutcome({ ...lastSession, ...thread })
}

/** When the last session ended; with the sign of its outcome where that is not the thread's. */
function describeLast({ lastSession, ...thread }: ThreadRow, { style, now }: StatusLook): string {
  if (lastSession === undefined) return ''
  const ago = formatAgo(lastSession.completedAt ?? lastSession.startedAt, now)
  const outcome = shownStatus(lastSession)
  return outcome === shownStatus(thread) ? ago : `${statusGlyph(style, outcome)} ${ago}`
}

/** One character for what else there is to know; {@link renderMarks} explains it. */
function markOf(thread: ThreadRow, { glyphs }: Style): string {
  if (thread.resumable) return glyphs.again
  return thread.settledBy === 'user' ? glyphs.word : ''
}

/** The lines of each thread's attempts; all threads share one table, so that the columns line up. */
function renderSessions(threads: readonly ThreadRow[], options: StatusLook): string[][] {
  const { style, width = Infinity } = options
  const lines = renderTable({
    columns: sessionColumns(options).map(({ head: _, ...column }) => column),
    rows: threads.flatMap(({ sessions = [] }) =>
      sessions.map((session, index) => ({ ...session, attempt: session.attempt ?? index + 1 })),
    ),
    width: width - sessionIndent.length,
    ellipsis: style.glyphs.ellipsis,
  })
  return threads.map(({ sessions = [] }) =>
    lines.splice(0, sessions.length).map((line) => sessionIndent + line),
  )
}

const sessionIndent = '    '

/** What the marks in the table mean. */
export function renderMarks(threads: readonly ThreadRow[], options: StatusLook): string[] {
  const { style, width = Infinity } = options
  const meanings = [
    [style.glyphs.again, 'can be resumed (work fix)'],
    [style.glyphs.word, 'marked completed by hand'],
  ] as const
  return meanings.flatMap(([mark, meaning]) => {
    const ids = threads.filter((thread) => markOf(thread, style) === mark).map(({ id }) => oneLine(id))
    if (ids.length === 0) return []
    return [style.colors.dim(fit(`${mark} ${meaning}: ${ids.join(', ')}`, width, style.glyphs.ellipsis))]
  })
}
