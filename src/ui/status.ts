import { isOver, type TaskStatus, type ThreadStanding } from '../../machines/statuses.ts'
import { renderBar } from './progress-bar.ts'
import { describeOutcome, shownStatus } from './outcome.ts'
import { lasted, sessionColumns, type SessionLine } from './sessions.ts'
import { describePhase, type ShownPhase } from './phase.ts'
import {
  describeDelivery,
  describeIsolation,
  mergedAs,
  type ShownDelivery,
  type ShownIsolation,
} from './delivery.ts'
import { type Style, statusGlyph, statusPaint, statusWord } from './style.ts'
import { type Cell, type Column, renderTable } from './table.ts'
import { oneLine } from '../text/sanitize.ts'
import { fit } from './width.ts'
import { formatAgo } from './durations.ts'
import { describeUsage, type ShownUsage } from './usage.ts'

/** What `work status` shows of one workstream. */
export interface StreamRow {
  id: string
  name: string
  status: TaskStatus | 'on_hold'
  /** 0 to 100. */
  percent: number
  stages: readonly StageView[]
  /** What its sessions used, as far as known. */
  usage?: ShownUsage | undefined
  /** Given only when its threads work in clones. */
  isolation?: ShownIsolation | undefined
  /** How many threads it has; more than `threads` when only some are shown. */
  threadCount: number
  threads: readonly ThreadRow[]
  /** Threads of the plan of which nothing is recorded. */
  unrecorded?: readonly { id: string; name: string; tasks: number }[] | undefined
}

/** A stage with its tasks that are completed, of all it has. */
interface StageView {
  id: string
  name: string
  status: TaskStatus
  completed: number
  total: number
  usage?: ShownUsage | undefined
}

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

/** Lines of `work status`: for each workstream its progress, its stages and a table of its threads. */
export function renderStatus(streams: readonly StreamRow[], options: StatusLook): string[] {
  return streams.flatMap((stream, index) => [...(index === 0 ? [] : ['']), ...renderStream(stream, options)])
}

/** The heading and the stages of a workstream, without its threads. */
export function renderSummary(stream: StreamRow, options: StatusLook): string[] {
  const stages = renderStages(stream.stages, options)
  return [...renderHeading(stream, options), ...(stages.length === 0 ? [] : ['', ...stages])]
}

function renderStream(stream: StreamRow, options: StatusLook): string[] {
  const isWhole = stream.threads.length === stream.threadCount
  const sections = [
    renderHeading(stream, options),
    isWhole ? renderStages(stream.stages, options) : renderChoice(stream, options),
    stream.threads.length > 0
      ? renderThreads([...stream.threads, ...(isWhole ? unrecordedRows(stream) : [])], options)
      : isWhole
        ? ['No threads yet.']
        : [],
    renderMarks(stream.threads, options),
    stream.threads.length > longTable ? [renderProgress(stream, options)] : [],
  ].filter((lines) => lines.length > 0)
  return sections.flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]))
}

/** More rows than this move the heading off most screens: the progress is repeated below them. */
const longTable = 16

/** They wait like any other, without an agent so far. */
function unrecordedRows({ unrecorded = [] }: StreamRow): ThreadRow[] {
  return unrecorded.map(({ id, name, tasks }) => ({
    id,
    name,
    status: 'pending',
    sessionCount: 0,
    resumable: false,
    tasks: { total: tasks, completed: 0 },
  }))
}

function renderHeading(stream: StreamRow, options: StatusLook): string[] {
  const { style, width = Infinity } = options
  const title = stream.id.endsWith(stream.name) ? stream.id : `${stream.id}: ${stream.name}`
  const { isolation } = stream
  return [
    style.colors.bold(fit(title, width, style.glyphs.ellipsis)),
    renderProgress(stream, options),
    ...(isolation === undefined ? [] : [fit(describeIsolation(isolation), width, style.glyphs.ellipsis)]),
  ]
}

function renderProgress(stream: StreamRow, { style, width = Infinity }: StatusLook): string {
  const bar = renderBar(stream.percent, 100, Math.max(4, Math.min(20, width - 20)), style)
  const word = statusPaint(style, stream.status)(statusWord(stream.status))
  const used = stream.usage === undefined || width < 70 ? '' : describeUsage(stream.usage)
  return [bar, `${stream.percent}%`, word, used].filter((part) => part !== '').join('  ')
}

function renderStages(stages: readonly StageView[], { style, width = Infinity }: StatusLook): string[] {
  return renderTable({
    columns: [
      {
        cell: ({ id, status }) => ({
          text: `${statusGlyph(style, status)} ${id}`,
          paint: statusPaint(style, status),
        }),
      },
      { cell: ({ name }) => name, shrink: true },
      { cell: ({ completed, total }) => `${completed}/${total}`, align: 'right' },
      { cell: ({ usage }) => (usage === undefined ? '' : describeUsage(usage)) },
    ],
    rows: stages,
    width,
    ellipsis: style.glyphs.ellipsis,
  })
}

/** What was asked for, of all there is. */
function renderChoice(
  { threads, threadCount }: StreamRow,
  { style, width = Infinity }: StatusLook,
): string[] {
  const words =
    threads.length === 0
      ? 'No thread asked for is failed, incomplete or interrupted.'
      : `${threads.length} of ${threadCount} threads:`
  return [fit(words, width, style.glyphs.ellipsis)]
}

function renderThreads(threads: readonly ThreadRow[], options: StatusLook): string[] {
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
  const text = describeDelivery(thread, isOver(thread.status))
  const shown = fit(text, width - sessionIndent.length, style.glyphs.ellipsis)
  return text === '' ? [] : [sessionIndent + style.colors.dim(shown)]
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

function renderMarks(threads: readonly ThreadRow[], options: StatusLook): string[] {
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
