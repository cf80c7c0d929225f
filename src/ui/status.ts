import type { TaskStatus } from '../../machines/statuses.ts'
import { describeIsolation, type ShownIsolation } from './delivery.ts'
import { renderBar } from './progress-bar.ts'
import { renderMarks, renderThreads, type StatusLook, type ThreadRow } from './status-threads.ts'
import { statusGlyph, statusPaint, statusWord } from './style.ts'
import { renderTable } from './table.ts'
import { describeUsage, type ShownUsage } from './usage.ts'
import { fit } from './width.ts'

export type { StatusLook, ThreadRow } from './status-threads.ts'

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
