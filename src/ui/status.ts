import type { SessionStatus, TaskStatus, ThreadStatus } from '../../machines/statuses.ts'
import { renderBar } from './bar.ts'
import { describeExit, describeOutcome, shownStatus } from './outcome.ts'
import { type Style, statusGlyph, statusIcon, statusPaint, statusWord } from './style.ts'
import { type Cell, renderTable } from './table.ts'
import { fit, oneLine } from './text.ts'
import { formatAgo, formatDuration } from './time.ts'
import { describeUsage, type Usage } from './usage.ts'

/** What `work status` shows of one workstream. */
export interface StreamView {
  id: string
  name: string
  status: TaskStatus | 'on_hold'
  /** 0 to 100. */
  percent: number
  stages: readonly StageView[]
  threads: readonly ThreadView[]
}

/** A stage with its tasks that are completed, of all it has. */
export interface StageView {
  id: string
  name: string
  status: TaskStatus
  completed: number
  total: number
}

/** A thread as a row of the table. */
export interface ThreadView {
  id: string
  name: string
  status: ThreadStatus
  reason?: string | null | undefined
  agent?: string | null | undefined
  sessionCount: number
  /** Whether its last session can be taken up again. */
  resumable: boolean
  tasks: { total: number; completed: number }
  lastSession?: Pick<SessionLine, 'startedAt' | 'completedAt'> | undefined
  /** Each attempt, oldest first; given only when they are to be shown. */
  sessions?: readonly SessionLine[] | undefined
}

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
  usage?: Usage | undefined
}

/** What the lines are made for. */
export interface StatusOptions {
  style: Style
  /** Milliseconds since 1970. */
  now: number
  /** Columns of the terminal; unlimited unless told. */
  width?: number
}

/** Lines of `work status`: for each workstream its progress, its stages and a table of its threads. */
export function renderStatus(streams: readonly StreamView[], options: StatusOptions): string[] {
  return streams.flatMap((stream, index) => [...(index === 0 ? [] : ['']), ...renderStream(stream, options)])
}

function renderStream(stream: StreamView, options: StatusOptions): string[] {
  const sections = [
    renderHeading(stream, options),
    renderStages(stream.stages, options),
    renderThreads(stream.threads, options),
    renderResumable(stream.threads, options),
  ].filter((lines) => lines.length > 0)
  return sections.flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]))
}

function renderHeading(stream: StreamView, { style, width = Infinity }: StatusOptions): string[] {
  const title = stream.id.endsWith(stream.name) ? stream.id : `${stream.id}: ${stream.name}`
  const bar = renderBar(stream.percent, 100, Math.max(4, Math.min(20, width - 20)), style)
  const word = statusPaint(style, stream.status)(statusWord(stream.status))
  return [style.colors.bold(fit(title, width, style.glyphs.ellipsis)), `${bar}  ${stream.percent}%  ${word}`]
}

function renderStages(stages: readonly StageView[], { style, width = Infinity }: StatusOptions): string[] {
  return renderTable({
    rows: stages.map((stage) => [
      { text: `${statusIcon(stage.status)} ${stage.id}`, paint: statusPaint(style, stage.status) },
      stage.name,
      `${stage.completed}/${stage.total}`,
    ]),
    width,
    shrink: [1],
    right: [2],
    ellipsis: style.glyphs.ellipsis,
  })
}

function renderThreads(threads: readonly ThreadView[], options: StatusOptions): string[] {
  if (threads.length === 0) return ['No threads yet.']
  const { style, width = Infinity } = options
  const [head = '', ...rows] = renderTable({
    head: ['Thread', 'Name', 'Status', 'Tasks', 'Sessions', 'Agent', 'When'].map((text) => ({
      text,
      paint: style.colors.dim,
    })),
    rows: threads.map((thread) => threadRow(thread, options)),
    width,
    shrink: [1, 5],
    right: [3, 4],
    ellipsis: style.glyphs.ellipsis,
  })
  const attempts = renderSessions(threads, options)
  return [head, ...rows.flatMap((row, index) => [row, ...(attempts[index] ?? [])])]
}

function threadRow(thread: ThreadView, { style, now }: StatusOptions): Cell[] {
  const shown = shownStatus(thread)
  const outcome = `${statusGlyph(style, shown)} ${describeOutcome(thread)}`
  const last = thread.lastSession
  return [
    thread.id,
    thread.name,
    { text: outcome, paint: statusPaint(style, shown) },
    `${thread.tasks.completed}/${thread.tasks.total}`,
    String(thread.sessionCount),
    thread.agent ?? '',
    last === undefined ? '' : formatAgo(last.completedAt ?? last.startedAt, now),
  ]
}

/** The lines of each thread's attempts; all threads share one table, so that the columns line up. */
function renderSessions(threads: readonly ThreadView[], options: StatusOptions): string[][] {
  const { style, width = Infinity } = options
  const lines = renderTable({
    rows: threads.flatMap(({ sessions = [] }) =>
      sessions.map((session, index) => sessionRow(session, index, options)),
    ),
    width: width - sessionIndent.length,
    shrink: [5, 6],
    right: [3, 4],
    ellipsis: style.glyphs.ellipsis,
  })
  return threads.map(({ sessions = [] }) =>
    lines.splice(0, sessions.length).map((line) => sessionIndent + line),
  )
}

const sessionIndent = '    '

function sessionRow(session: SessionLine, index: number, { style, now }: StatusOptions): Cell[] {
  const shown = shownStatus(session)
  return [
    `#${session.attempt ?? index + 1}`,
    { text: describeOutcome(session), paint: statusPaint(style, shown) },
    describeExit(session),
    lasted(session, now),
    formatAgo(session.startedAt, now),
    session.agentName,
    session.model,
    session.usage === undefined ? '' : describeUsage(session.usage),
  ]
}

function renderResumable(
  threads: readonly ThreadView[],
  { style, width = Infinity }: StatusOptions,
): string[] {
  const ids = threads.filter((thread) => thread.resumable).map((thread) => oneLine(thread.id))
  if (ids.length === 0) return []
  const line = `Can be resumed: ${ids.join(', ')}`
  return [style.colors.dim(fit(line, width, style.glyphs.ellipsis))]
}

/** How long a session took, or has taken so far; empty when nobody knows when it ended. */
function lasted({ startedAt, completedAt, status }: SessionLine, now: number): string {
  if (completedAt === undefined && status !== 'running') return ''
  const end = completedAt === undefined ? now : Date.parse(completedAt)
  return formatDuration(end - Date.parse(startedAt))
}
