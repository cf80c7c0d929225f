import type { Delivery, DeliveryStop } from '../../machines/delivery.ts'
import type { ThreadStanding } from '../../machines/statuses.ts'
import { describeOutcome, shownStatus } from './outcome.ts'
import { lasted, type SessionLine } from './sessions.ts'
import { type Style, statusGlyph, statusPaint } from './style.ts'
import type { Cell } from './table.ts'
import { oneLine, plainText } from '../text/sanitize.ts'
import { fit, textWidth } from './width.ts'
import { formatMoment } from '../text/dates.ts'
import { formatAgo } from './durations.ts'
import { describeUsage } from './usage.ts'

/** One attempt with what it said last; a SessionRecord of tasks.json fits. */
export interface HistorySession extends SessionLine {
  mode?: 'fresh' | 'resume' | undefined
  /** The user's note to it. */
  note?: string | undefined
  /** The last lines that it wrote. */
  detail?: string | undefined
  /** ISO time until which its provider is rate-limited. */
  retryAt?: string | undefined
}

export interface HistoryOptions {
  style: Style
  /** Milliseconds since 1970. */
  now: number
  /** Columns of the terminal; unlimited by default. */
  width?: number
}

/** A thread with all that it has been through. */
export interface HistoryView {
  id: string
  name: string
  status: ThreadStanding
  reason?: string | null | undefined
  /** What completed it. */
  settledBy?: 'session' | 'user' | 'tasks' | null | undefined
  sessions: readonly HistorySession[]
  /** How the work of its last session is delivered. */
  delivery?: Pick<Delivery, 'stopped'> | null | undefined
}

/** {@link renderHistory} below a line with the thread and its status. */
export function renderThreadHistory(thread: HistoryView, options: HistoryOptions): string[] {
  const { style, width = Infinity } = options
  const shown = shownStatus(thread)
  const byHand = thread.settledBy === 'user' ? ', marked by hand' : ''
  const words = `${statusGlyph(style, shown)} ${describeOutcome({ ...thread.sessions.at(-1), ...thread })}${byHand}`
  const standing = fit(words, width, style.glyphs.ellipsis)
  const room = width - textWidth(standing) - 1
  const title = fit(`${thread.id} ${thread.name}:`, room, style.glyphs.ellipsis)
  const heading = [title, statusPaint(style, shown)(standing)].filter((part) => part !== '').join(' ')
  return [heading, ...renderHistory(thread.sessions, options, thread.delivery?.stopped)]
}

/**
 * The attempts of a thread, oldest first, each with the last lines of its output. `stopped`: why the work of the last
 * one, which completed, was not merged or verified.
 */
export function renderHistory(
  sessions: readonly HistorySession[],
  options: HistoryOptions,
  stopped?: DeliveryStop,
): string[] {
  if (sessions.length === 0) return ['No session yet.']
  return sessions.flatMap((session, index) => {
    const after = index === sessions.length - 1 && session.status === 'completed' ? stopped : undefined
    return renderAttempt({ ...session, index, after }, options)
  })
}

/** Of an attempt's output. */
const mostLines = 4

interface ShownAttempt extends HistorySession {
  index: number
  /** What happened to its work after it had completed. */
  after: DeliveryStop | undefined
}

function renderAttempt(session: ShownAttempt, options: HistoryOptions): string[] {
  const { style, width = Infinity } = options
  const number = `#${session.attempt ?? session.index + 1} `.padEnd(4)
  const indent = ' '.repeat(number.length)
  const room = width - indent.length
  const bar = style.glyphs.line.trim()
  const lines = [
    ...joinParts(happened(session, options), room, style),
    ...joinParts(doneBy(session), room, style),
    ...renderNote(session, room, style),
    ...lastLines(session).map((line) => style.colors.dim(fit(`${bar} ${line}`, room, style.glyphs.ellipsis))),
  ]
  return lines.map((line, position) => (position === 0 ? number : indent) + line)
}

/** How it ended, and when. */
function happened(session: ShownAttempt, { style, now }: HistoryOptions): Cell[] {
  const { after } = session
  const shown = shownStatus(after ?? session)
  const then = after === undefined ? '' : `, then ${describeOutcome(after)}`
  const outcome = `${statusGlyph(style, shown)} ${describeOutcome(session)}${then}`
  const started = [formatAgo(session.startedAt, now), formatMoment(session.startedAt)]
  const duration = lasted(session, now)
  const { retryAt = '' } = session
  return [
    { text: outcome, paint: statusPaint(style, shown) },
    started.filter((part) => part !== '').join(', '),
    duration === '' ? '' : `${session.status === 'running' ? 'for' : 'took'} ${duration}`,
    Date.parse(retryAt) > now ? `retry after ${formatMoment(retryAt)}` : '',
  ]
}

/** Who did it, with what, and what that took. */
function doneBy({ agentName, model, mode, usage }: HistorySession): Cell[] {
  const used = usage === undefined ? '' : describeUsage(usage)
  return [agentName, model, mode === 'resume' ? 'resumed' : '', used]
}

/** The parts on as few lines as hold them: a part that does not fit begins the next line. */
function joinParts(parts: readonly Cell[], room: number, { glyphs }: Style): string[] {
  const dot = ` ${glyphs.dot} `
  const lines: { text: string; width: number }[] = []
  for (const part of parts) {
    const { text: full, paint } = typeof part === 'string' ? { text: part, paint: String } : part
    const text = fit(full, room, glyphs.ellipsis)
    const width = textWidth(text)
    const last = lines.at(-1)
    if (width === 0) continue
    if (last === undefined || last.width + dot.length + width > room) {
      lines.push({ text: paint(text), width })
    } else {
      last.text += dot + paint(text)
      last.width += dot.length + width
    }
  }
  return lines.map(({ text }) => text)
}

function renderNote({ note = '' }: HistorySession, room: number, { glyphs }: Style): string[] {
  return oneLine(note) === '' ? [] : [fit(`Note: ${note}`, room, glyphs.ellipsis)]
}

function lastLines({ detail = '' }: HistorySession): string[] {
  return plainText(detail)
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-mostLines)
}
