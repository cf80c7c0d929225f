import { rowsInOrder } from './rows.ts'
import type { BoardView, BoardRow, BoardStore } from './store.ts'
import { describePhase } from '../phase.ts'
import { describeOutcome } from '../outcome.ts'
import { oneLine } from '../../text/sanitize.ts'
import { formatClock, formatDuration } from '../durations.ts'

/** Reports a run where there is no terminal: one line per change, to `write`. */
export function startPlain({
  store,
  now,
  write,
}: {
  store: BoardStore
  now: () => number
  /** Takes a line without its line break. */
  write: (line: string) => void
}): { stop: () => void } {
  let previous = store.getSnapshot().context
  const subscription = store.subscribe(({ context }) => {
    for (const line of changeLines(previous, context, now())) write(line)
    previous = context
  })
  return { stop: () => subscription.unsubscribe() }
}

/** The lines for what changed from one moment of a run to another; `now` is in milliseconds. */
function changeLines(previous: BoardView, next: BoardView, now: number): string[] {
  const lines = rowsInOrder(next).flatMap((row) => changeLine(previous.rows[row.id], row, now) ?? [])
  if (next.message === undefined || next.message === previous.message) return lines
  return [...lines, `${formatClock(now)} ${oneLine(next.message)}`]
}

/**
 * One line for what happened to a thread, `14:03:05 01.01.02 failed: exit code 3 after 4s`, or
 * undefined when nothing happened that is worth a line.
 */
export function changeLine(
  previous: BoardRow | undefined,
  next: BoardRow | undefined,
  now: number,
): string | undefined {
  if (next === undefined) return undefined
  const isSame = previous?.status === next.status && previous.attempt === next.attempt
  const news = isSame ? describePhaseChange(previous, next, now) : describeChange(next, now)
  return news === undefined ? undefined : oneLine(`${formatClock(now)} ${next.id} ${news}`)
}

function describeChange(row: BoardRow, now: number): string | undefined {
  switch (row.status) {
    case 'pending':
    case 'waiting':
      return undefined
    case 'running':
      return `${describePhase(row, now) ?? 'started'} (agent ${row.agent}, attempt ${row.attempt})`
    case 'completed':
    case 'cancelled':
      return `${row.status}${duration(row, 'in', now)}`
    case 'failed':
    case 'interrupted':
    case 'blocked':
      return `${describeOutcome(row)}${duration(row, 'after', now)}`
  }
}

/** What is done with a running thread now. A turn that comes at once is not waited for. */
function describePhaseChange(previous: BoardRow, next: BoardRow, now: number): string | undefined {
  if (next.status !== 'running' || next.phase === previous.phase) return undefined
  if (describePhase(next, now) === undefined) {
    return previous.phase === 'preparing' ? describeChange(next, now) : undefined
  }
  if (next.phase === 'waiting' && next.waitsFor?.length === 0) return undefined
  const words = describePhase({ ...next, phaseSince: undefined }, now)
  return words === describePhase({ ...previous, phaseSince: undefined }, now) ? undefined : words
}

function duration(row: BoardRow, word: string, now: number): string {
  if (row.startedAt === undefined) return ''
  return ` ${word} ${formatDuration((row.endedAt ?? now) - row.startedAt)}`
}
