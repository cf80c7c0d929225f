import { relative } from 'node:path'
import type { DeliveryStop } from '../../../../machines/delivery.ts'
import { isOver } from '../../../../machines/statuses.ts'
import { exitCodes } from '../../../errors.ts'
import type { ThreadView } from '../../../engine/thread-actor.ts'
import { resultOf } from '../../../engine/run-result.ts'
import { findRunning } from '../../../threads/leases.ts'
import type { ReportedThread, RunReport, RunWorld } from '../../../engine/run-context.ts'
import { isDone, type ThreadFacts } from '../../../threads/thread.ts'
import { describeOutcome, lastLineOf, shownStatus } from '../../../ui/outcome.ts'
import { statusGlyph } from '../../../ui/style.ts'
import { renderTable } from '../../../ui/table.ts'
import { fit } from '../../../ui/width.ts'
import { findStream } from '../../../store/index/index-file.ts'
import type { StreamPaths } from '../../../paths.ts'
import { formatDuration } from '../../../ui/durations.ts'
import { describeUsage } from '../../../ui/usage.ts'
import { counted } from '../../../text/plural.ts'
import { usageOf } from '../../../threads/usage.ts'
import type { SessionRecord } from '../../../../machines/session.ts'
import { now as clock } from '../../context.ts'
import { outputStyle, outputWidth, type OutputLine } from '../../output.ts'
import { streamFlag } from '../../hint.ts'
import { describeStops } from './undelivered.ts'
import { nextAfterLast, nextAfterRun } from './next-after-run.ts'

/** The result of a run, in the shape that scripts rely on. */
export function reportAsJson(action: string, stream: string, report: RunReport) {
  return { action, ...resultOf(stream, report) }
}

/** 0 when all that was run went well. A gate that let nothing run leaves work unfinished. */
export function exitCodeOf(report: RunReport): number {
  switch (report.end) {
    case 'done':
    case 'detached':
      return 0
    case 'gated':
      return report.threads.length > 0 && unfinishedOf(report).length === 0 ? 0 : exitCodes.unfinished
    case 'halted':
    case 'held':
    case 'blocked':
      return exitCodes.unfinished
    case 'interrupted':
      return exitCodes.interrupted
    case 'left':
      return hangup
  }
}

/** Columns that a text gets where no terminal says how wide it is: an agent may print a megabyte in one line. */
const longestCell = 200

/** 128 and the number of SIGHUP, as shells have it. */
const hangup = 129

/** A thread with its last session. */
interface Attempted extends Pick<ThreadView, 'id' | 'status' | 'session'> {
  reason?: string | null
  /** Why its work was not merged. */
  stopped?: DeliveryStop | undefined
}

/**
 * The end of a run: what did not complete and why, what was done in one line, and what to do next, as the threads of the
 * whole workstream are `now`. Where the user `isAsked` to approve the stage it does not say how to.
 */
export async function describeEnd(
  { stream, index, tasks }: Pick<RunWorld, 'stream' | 'index' | 'tasks'>,
  report: RunReport,
  now: readonly ThreadFacts[],
  isAsked = false,
): Promise<OutputLine[]> {
  const unfinished = unfinishedOf(report)
  const here = streamFlag(stream.id, index.read().current_stream)
  const concerned =
    report.end === 'done' ? now : now.filter(({ id }) => unfinished.some((one) => one.id === id))
  const isElsewhere = report.end === 'left' || report.end === 'detached'
  const running = isElsewhere ? [] : await findRunning(stream, concerned)
  const next =
    report.end === 'done' && now.every(isDone)
      ? await nextAfterLast(findStream(index.read(), stream.id), stream, {
          report,
          threads: now,
          plan: tasks.read().plan,
          here,
        })
      : nextAfterRun(here, report, { threads: now, running, isAsked })
  if (report.end === 'detached') return next
  const summary = report.threads.length === 0 ? [] : ['', summarize(report, now)]
  const ids = unfinished.map(({ id }) => id)
  return [...describeUnfinished(stream, report), ...describeStops(ids, now, here), ...summary, ...next]
}

/** What a run did: `Ran 3 threads in 2m 05s: 2 completed, 1 failed · 12.3k in, 450 out, $0.03`. */
function summarize({ threads, startedAt }: RunReport, now: readonly ThreadFacts[]): string {
  const ids = new Set(threads.map(({ id }) => id))
  const start = Date.parse(startedAt)
  const isOfRun = ({ startedAt: began, completedAt = began }: SessionRecord) =>
    Date.parse(completedAt) >= start
  const sessions = now
    .filter(({ id }) => ids.has(id))
    .flatMap((thread) => thread.sessions)
    .filter(isOfRun)
  const shown = threads.map(({ status, reason }) => shownStatus({ status, reason }))
  const counts = countedStatuses.flatMap((status) => {
    const count = shown.filter((one) => one === status).length
    return count === 0 ? [] : [`${count} ${status === 'pending' ? 'not started' : status}`]
  })
  const duration = formatDuration(Math.max(0, clock().getTime() - start))
  const usage = describeUsage(usageOf(sessions))
  const ran = `Ran ${counted(threads.length, 'thread')} in ${duration}: ${counts.join(', ')}`
  return usage === '' ? ran : `${ran} ${outputStyle().glyphs.dot} ${usage}`
}

const countedStatuses = [
  'completed',
  'cancelled',
  'running',
  'failed',
  'incomplete',
  'interrupted',
  'blocked',
  'pending',
] as const

/** The threads that did not complete, of a run after which others follow. */
export function describeUnfinished(stream: StreamPaths, report: RunReport): string[] {
  const unfinished = unfinishedOf(report)
  return unfinished.length === 0 ? [] : ['', ...describeAttempts(stream, unfinished)]
}

function unfinishedOf({ threads }: RunReport): ReportedThread[] {
  return threads.filter(({ status }) => !isOver(status))
}

/** A table of threads with the result of their last attempt, and where the logs are. */
export function describeAttempts(stream: StreamPaths, threads: readonly Attempted[]): string[] {
  const style = outputStyle()
  const logs = threads.map(({ session }) => session?.log).find((log) => log !== undefined)
  return [
    ...renderTable({
      columns: [
        { head: 'Thread', cell: ({ id, status }) => `${statusGlyph(style, status)} ${id}` },
        {
          head: 'Result',
          cell: ({ status, reason, session }) =>
            describeOutcome({ ...session, status, reason: reason ?? session?.reason }),
        },
        { head: 'Attempt', cell: ({ session }) => `#${session?.attempt ?? 1}` },
        { head: 'Agent', cell: ({ session }) => session?.agentName ?? '' },
        {
          head: 'Last output',
          cell: ({ session, stopped }) =>
            fit(lastLineOf(stopped?.detail ?? session?.detail) ?? '', longestCell),
          shrink: true,
        },
      ],
      rows: threads,
      width: outputWidth(),
    }),
    ...(logs === undefined ? [] : ['', `Logs: ${relative(stream.root, stream.logs)}/<thread>/<attempt>.log`]),
  ]
}
