import { renderBar } from '../progress-bar.ts'
import { describeKeys, renderKeyHelp, renderLogEnd } from './mode.ts'
import { rowsInOrder } from './rows.ts'
import type { BoardView, BoardRow } from './store.ts'
import { describePhase } from '../phase.ts'
import { describeOutcome, shownStatus } from '../outcome.ts'
import { type Style, statusGlyph, statusPaint } from '../style.ts'
import { oneLine } from '../../text/sanitize.ts'
import { fit, pad, textWidth } from '../width.ts'
import { formatDuration } from '../durations.ts'
import { describeUsage } from '../usage.ts'

/** What a board is drawn for. */
export interface BoardOptions {
  /** Columns and rows of the terminal. */
  width: number
  height: number
  /** Milliseconds since 1970. */
  now: number
  style: Style
  /** Whether it is the last board of a run, which stays on screen without keys. */
  final?: boolean
}

/** Lines of the live board, at most `height`: the run, its threads, how far it is, and which keys work. */
export function renderBoard(context: BoardView, options: BoardOptions): string[] {
  const rows = rowsInOrder(context).filter((row) => row.status !== 'pending')
  if (rows.length === 0) return []
  const footer = renderFooter(context, rows, options)
  const space = options.height - footer.length - 3
  const body = renderBody(context, rows, space, options)
  const lines = [renderTitle(context, options), '', ...body, '', ...footer]
  return lines.slice(0, options.height)
}

function renderBody(
  context: BoardView,
  rows: readonly BoardRow[],
  space: number,
  options: BoardOptions,
): string[] {
  const { mode } = context
  if (options.final === true) return renderRows(rows, space, options)
  switch (mode.type) {
    case 'keyless':
    case 'watching':
    case 'following':
    case 'detaching':
      return renderRows(rows, space, options)
    case 'choosing':
      return renderChoice(rows, mode, space, options)
    case 'reading':
      return renderLogEnd(context, mode, { ...options, height: space })
    case 'help':
      return renderKeyHelp(options.width, options.style)
  }
}

/** The threads to choose from, with a pointer; a window of them where there is no room for all. */
function renderChoice(
  rows: readonly BoardRow[],
  { from, chosen }: { from: readonly string[]; chosen: string },
  space: number,
  options: BoardOptions,
): string[] {
  const choices = rows.filter(({ id }) => from.includes(id))
  const columns = measure(choices, options.width - 2, options.now)
  const at = choices.findIndex(({ id }) => id === chosen)
  const first = Math.max(0, Math.min(at - Math.floor(space / 2), choices.length - space))
  return choices
    .slice(first, first + Math.max(1, space))
    .map((row) => (row.id === chosen ? '> ' : '  ') + drawRow(row, columns, options))
}

function renderTitle(context: BoardView, { width, now, style }: BoardOptions): string {
  const { dot, ellipsis } = style.glyphs
  const run = ` ${dot} ${formatDuration(now - context.startedAt)}${context.parallel === undefined ? '' : ` ${dot} ${context.parallel} at a time`}`
  const title = fit(context.title, width - textWidth(run), ellipsis)
  return style.colors.bold(title) + style.colors.dim(run)
}

function renderFooter(context: BoardView, rows: readonly BoardRow[], options: BoardOptions): string[] {
  const { style, width, final = false } = options
  const { dot, ellipsis } = style.glyphs
  const lines = [renderProgress(rows, options), fit(countRows(rows, ` ${dot} `), width, ellipsis)]
  if (context.message) lines.push(style.colors.yellow(fit(context.message, width, ellipsis)))
  if (!final) lines.push(style.colors.dim(describeKeys(context.mode, style, width)))
  return lines
}

function renderProgress(rows: readonly BoardRow[], { style, width }: BoardOptions): string {
  const done = rows.filter((row) => row.status === 'completed' || row.status === 'cancelled').length
  const numbers = `  ${done}/${rows.length}`
  return renderBar(done, rows.length, Math.max(4, Math.min(40, width - numbers.length)), style) + numbers
}

/** The rows in the order of the plan; where there is no room for all, those that need an eye on them. */
function renderRows(rows: readonly BoardRow[], space: number, options: BoardOptions): string[] {
  const columns = measure(rows, options.width, options.now)
  const draw = (row: BoardRow) => drawRow(row, columns, options)
  if (rows.length <= space) return rows.map(draw)
  const urgent = rows.toSorted((left, right) => rank(left) - rank(right)).slice(0, Math.max(0, space - 1))
  const hidden = rows.filter((row) => !urgent.includes(row))
  const { colors, glyphs } = options.style
  const rest = `${glyphs.ellipsis} and ${hidden.length} more (${countRows(hidden, ', ')})`
  const shown = rows.filter((row) => urgent.includes(row)).map(draw)
  return [...shown, colors.dim(fit(rest, options.width, glyphs.ellipsis))]
}

interface Columns {
  id: number
  name: number
  /** 0 where there is no room for it. */
  agent: number
  /** What is left for the outcome and the last line of output; 0 where that is too little. */
  news: number
}

const elapsedWidth = 7
/** Of a line of output. */
const leastNews = 12
/** Of a name beside outcomes, without and with the agent. */
const leastName = 8
const leastNameBesideAgent = 16

/** Outcomes and phases are shown whole where possible: first the agent gives way to them, then names shrink. */
function measure(rows: readonly BoardRow[], width: number, now: number): Columns {
  const widest = (textOf: (row: BoardRow) => string) =>
    Math.max(0, ...rows.map((row) => textWidth(oneLine(textOf(row)))))
  const id = widest((row) => row.id)
  const fullName = widest((row) => row.name)
  const outcome = Math.max(
    leastNews,
    widest((row) => (row.status === 'running' ? (describePhase(row, now) ?? '') : describeOutcome(row))),
  )
  const room = width - 2 - id - 2 - 2 - elapsedWidth - 2
  const fullAgent = Math.min(
    widest((row) => agentOf(row)),
    Math.floor(width * 0.15),
  )
  const hasAgent = room - fullAgent - 2 >= outcome + Math.min(fullName, leastNameBesideAgent)
  const agent = hasAgent ? fullAgent : 0
  const left = hasAgent ? room - fullAgent - 2 : room
  if (left < outcome + Math.min(fullName, leastName)) {
    return { id, name: Math.max(0, room + 2), agent: 0, news: 0 }
  }
  const most = Math.max(leastName, Math.floor(width * 0.25), left - outcome - 2 * leastNews)
  const name = Math.min(fullName, most, left - outcome)
  return { id, name, agent, news: left - name }
}

function drawRow(row: BoardRow, columns: Columns, { style, now }: BoardOptions): string {
  const { colors, glyphs } = style
  const shown = shownStatus(row)
  const cells = [
    `${statusPaint(style, shown)(statusGlyph(style, shown))} ${pad(fit(row.id, columns.id), columns.id)}`,
    pad(fit(row.name, columns.name, glyphs.ellipsis), columns.name),
    pad(elapsedOf(row, now), elapsedWidth, 'right'),
  ]
  if (columns.agent > 0) {
    cells.splice(2, 0, colors.dim(pad(agentOf(row, columns.agent, glyphs.ellipsis), columns.agent)))
  }
  if (columns.news > 0) cells.push(drawNews(row, columns.news, { style, now }))
  return cells.join('  ').trimEnd()
}

/** The news of a thread: its last line while its agent runs, what is done with its clone; afterwards how it ended and by which error, and then its usage. */
function drawNews(row: BoardRow, width: number, { style, now }: Pick<BoardOptions, 'style' | 'now'>): string {
  const { dim } = style.colors
  const { dot, ellipsis } = style.glyphs
  const used = row.usage === undefined ? '' : describeUsage(row.usage)
  if (row.status === 'running') {
    const phase = describePhase(row, now)
    if (phase !== undefined) return fit(phase, width, ellipsis)
    return dim(fit([used, row.lastLine || 'starting'].filter(Boolean).join(` ${dot} `), width, ellipsis))
  }
  const end = fit(describeOutcome(row), width, ellipsis)
  const hasFailed = row.status === 'failed' || row.status === 'interrupted'
  let left = width - textWidth(end)
  const more = [hasFailed ? (row.error ?? row.lastLine) : '', used].flatMap((text) => {
    if (oneLine(text) === '' || left - 3 < Math.min(leastNews, textWidth(text))) return []
    const part = ` ${dot} ${fit(text, left - 3, ellipsis)}`
    left -= textWidth(part)
    return [part]
  })
  return statusPaint(style, shownStatus(row))(end) + dim(more.join(''))
}

function countRows(rows: readonly BoardRow[], separator: string): string {
  const counts = new Map<string, number>(countedStatuses.map((status) => [status, 0]))
  for (const row of rows) counts.set(shownStatus(row), (counts.get(shownStatus(row)) ?? 0) + 1)
  return [...counts]
    .filter(([, count]) => count > 0)
    .map(([status, count]) => `${count} ${status}`)
    .join(separator)
}

const countedStatuses = [
  'running',
  'waiting',
  'pending',
  'completed',
  'cancelled',
  'failed',
  'incomplete',
  'interrupted',
]

function rank(row: BoardRow): number {
  const ranks = {
    running: 0,
    failed: 1,
    interrupted: 1,
    blocked: 1,
    waiting: 2,
    pending: 2,
    completed: 3,
    cancelled: 3,
  }
  return ranks[row.status]
}

/** The agent, and which attempt it is when it is not the first. */
function agentOf(row: BoardRow, width = Infinity, ellipsis = ''): string {
  const attempt = row.attempt > 1 ? ` #${row.attempt}` : ''
  return fit(row.agent, width - attempt.length, ellipsis) + attempt
}

function elapsedOf(row: BoardRow, now: number): string {
  return row.startedAt === undefined ? '' : formatDuration((row.endedAt ?? now) - row.startedAt)
}
