import { relative } from 'node:path'
import { isOver } from '../../../../machines/statuses.ts'
import { exitCodes } from '../../../errors.ts'
import { parentId } from '../../../ids.ts'
import type { ThreadView } from '../../../engine/thread-actor.ts'
import { nameModel } from '../../../agents/choose-agent.ts'
import { isUnfinished } from '../../../engine/fix-options.ts'
import { describeForeign, wayOutOf } from '../../../threads/foreign.ts'
import { resultOf } from '../../../engine/run-result.ts'
import { findRunning, type RunningThread } from '../../../threads/leases.ts'
import { nextStepOf } from '../../../approval/next-step.ts'
import { lookAtPlan } from '../../../approval/changes/inspect.ts'
import type { PlanRecord } from '../../../store/tasks/schema.ts'
import type { ReportedThread, RunReport, RunWorld } from '../../../engine/run-context.ts'
import type { BlockedThread, HeldThread, PlannedThread, RunPlan } from '../../../engine/run-plan.ts'
import { isDone, type ThreadFacts } from '../../../threads/thread.ts'
import { describeOutcome, lastLineOf, shownStatus } from '../../../ui/outcome.ts'
import { statusGlyph } from '../../../ui/style.ts'
import { type Column, renderTable } from '../../../ui/table.ts'
import { oneLine } from '../../../text/sanitize.ts'
import { fit } from '../../../ui/width.ts'
import { formatMoment } from '../../../text/dates.ts'
import { findStream, type StreamEntry } from '../../../store/index/index-file.ts'
import type { StreamPaths } from '../../../paths.ts'
import { formatDuration } from '../../../ui/durations.ts'
import { describeUsage } from '../../../ui/usage.ts'
import { counted } from '../../../text/plural.ts'
import { usageOf } from '../../../threads/usage.ts'
import type { SessionRecord } from '../../../../machines/session.ts'
import { now as clock } from '../../context.ts'
import { describeNextStep } from '../../next-step.ts'
import { outputStyle, outputWidth, type OutputLine } from '../../output.ts'
import { streamFlag } from '../../hint.ts'
import { describeRunning, nextWhileRunning } from './running-threads.ts'
import { advice, work, type HintSource } from '../../../text/hint.ts'

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
      ? await afterLast(findStream(index.read(), stream.id), stream, {
          report,
          threads: now,
          plan: tasks.read().plan,
          here,
        })
      : nextStep(here, report, { threads: now, running, isAsked })
  if (report.end === 'detached') return next
  const summary = report.threads.length === 0 ? [] : ['', summarize(report, now)]
  return [...describeUnfinished(stream, report), ...summary, ...next]
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
          cell: ({ session }) => fit(lastLineOf(session?.detail) ?? '', longestCell),
          shrink: true,
        },
      ],
      rows: threads,
      width: outputWidth(),
    }),
    ...(logs === undefined ? [] : ['', `Logs: ${relative(stream.root, stream.logs)}/<thread>/<attempt>.log`]),
  ]
}

/** Every thread is done: what is left for the user, which may be nothing. */
async function afterLast(
  entry: StreamEntry,
  stream: StreamPaths,
  {
    report,
    threads,
    plan,
    here,
  }: { report: RunReport; threads: readonly ThreadFacts[]; plan: PlanRecord | undefined; here: string[] },
): Promise<OutputLine[]> {
  const named = here.length === 0 ? undefined : stream.id
  const step = await nextStepOf(entry, stream, threads, await lookAtPlan(entry, stream, { threads, plan }))
  if (report.threads.length === 0 || step.command !== undefined) return describeNextStep(step, named)
  return [
    `All ${counted(threads.length, 'thread')} of ${stream.id} are done.`,
    { next: advice`${work('review', ...here)}   shows what the last stage changed` },
  ]
}

function nextStep(
  here: string[],
  report: RunReport,
  {
    threads,
    running,
    isAsked,
  }: { threads: readonly ThreadFacts[]; running: readonly RunningThread[]; isAsked: boolean },
): OutputLine[] {
  const left = running.filter(({ holder }) => holder === null)
  const runs = describeLive(running)
  const watch = { next: nextWhileRunning(here, running) }
  switch (report.end) {
    case 'done': {
      const open = threads.filter((thread) => !isDone(thread))
      if (running.length > 0) return [...runs, watch]
      return open.every(isUnfinished)
        ? leftAlone(here, open)
        : [{ next: advice`${work('run', ...here)}   runs the rest` }]
    }
    case 'gated': {
      const stuck = threads.filter(isUnfinished)
      const isForced = stuck.some(({ id }) => parentId(id, 'stage') === report.gate)
      return [
        ...(running.length === 0 ? [] : [...runs, watch]),
        ...leftAlone(here, stuck),
        ...(isAsked ? [] : describeGate(here, report.gate ?? '', isForced)),
      ]
    }
    case 'halted': {
      if (left.length > 0)
        return [...runs, { next: advice`${work('continue', ...here)}   stops what is left` }]
      return report.threads.some(({ status }) => status === 'failed' || status === 'interrupted')
        ? [...runs, { next: advice`${work('fix', ...here)}   shows why and what you can do` }]
        : [...runs, watch]
    }
    case 'held':
      return report.held.some(({ retryAt }) => retryAt !== undefined)
        ? [
            ...describeHeld(report.held),
            { next: advice`${work('run', '--wait', ...here)}   waits, and then continues` },
          ]
        : describeHeld(report.held)
    case 'blocked':
      return describeBlocked(here, report.blocked ?? [])
    case 'interrupted':
      return [
        'Stopped.',
        ...runs,
        {
          next: advice`${work('continue', ...here)}   ${left.length > 0 ? 'stops what is left' : 'continues where it stopped'}`,
        },
      ]
    case 'detached':
      return [
        `The run continues in the background (process ${report.process}).`,
        { next: advice`${work('status', '--watch', ...here)}   shows the board` },
        { next: advice`${work('stop', ...here)}   stops it` },
      ]
    case 'left':
      return [
        'The terminal was closed; the agents are still running.',
        { next: advice`${work('continue', ...here)}   reattaches` },
      ]
  }
}

/** That a stage waits for approval, and the command; `isForced` when some of its threads are not done. */
export function describeGate(here: string[], stage: string, isForced: boolean): OutputLine[] {
  const approve = work('approve', 'stage', Number(stage), ...(isForced ? ['--force'] : []), ...here)
  return [
    `Stage ${stage} waits for your approval before the next stage starts.`,
    { next: isForced ? advice`${approve}   despite unfinished threads` : approve },
  ]
}

/** Sessions that are running: run by others, or not stopped. */
function describeLive(running: readonly RunningThread[]): string[] {
  const others = running.filter(({ holder }) => holder !== null)
  const left = running.flatMap(({ id, holder }) => (holder === null ? [id] : []))
  return [
    ...(others.length === 0 ? [] : ['Run by another process:', ...describeRunning(others)]),
    ...(left.length === 0 ? [] : [`Could not be stopped, and may still be running: ${left.join(', ')}`]),
  ]
}

/** Threads that did not complete, and were not run again. */
function leftAlone(here: string[], threads: readonly ThreadFacts[]): OutputLine[] {
  if (threads.length === 0) return []
  return [`Not retried: ${threads.map(({ id }) => id).join(', ')}`, { next: work('fix', ...here) }]
}

/** A line for each thread that can't be run yet. */
function describeHeld(held: readonly HeldThread[]): OutputLine[] {
  return held.flatMap(({ id, name, retryAt, foreign }) => {
    const onHold = `Thread ${id} "${oneLine(name)}" is on hold:`
    return foreign === undefined
      ? [`${onHold} its provider is rate-limited until ${formatMoment(retryAt)}.`]
      : [`${onHold} its session ${oneLine(describeForeign(foreign))}.`, { next: wayOutOf(id, foreign) }]
  })
}

/** A line for each thread with a blocked task, and the command that lets the first of them run again. */
function describeBlocked(here: string[], blocked: readonly BlockedThread[]): OutputLine[] {
  const [task = ''] = blocked[0]?.tasks ?? []
  return [
    ...blocked.map(
      ({ id, name, tasks }) => `Thread ${id} "${oneLine(name)}" is on hold: blocked at ${tasks.join(', ')}.`,
    ),
    {
      next: advice`${work('update', '--task', task, '--status', 'pending', ...here)}   when it can continue`,
    },
  ]
}

/** What a run would do, for `--dry-run`. */
export function describeRunPlan(streamId: string, plan: RunPlan, here: string[]): OutputLine[] {
  const held = [
    ...(plan.blocked === undefined ? [] : describeBlocked(here, plan.blocked)),
    ...describeHeld(plan.held),
  ]
  if (plan.batches.length === 0) return held.length > 0 ? held : [`${streamId}: nothing to run.`]
  return [
    `${streamId}: up to ${counted(plan.parallel, 'thread')} at a time`,
    ...plan.batches.flatMap((batch) => [
      '',
      advice`Batch ${batch.id} ${oneLine(batch.name)} (stage ${batch.stage}: ${oneLine(batch.stageName)})${gateWords(batch.gate)}`,
      ...renderTable({
        columns: plannedColumns,
        rows: batch.threads,
        width: outputWidth(),
      }),
    ]),
    ...(held.length === 0 ? [] : ['', ...held]),
  ]
}

const plannedColumns: readonly Column<PlannedThread>[] = [
  { head: 'Thread', cell: ({ id }) => id },
  { head: 'Name', cell: ({ name }) => oneLine(name), shrink: true },
  { head: 'Action', cell: ({ action, attempt }) => (attempt > 1 ? `${action} #${attempt}` : action) },
  { head: 'Agent', cell: ({ agent }) => agent.name },
  { head: 'Models', cell: ({ agent }) => agent.models.map(nameModel).join(', '), shrink: true },
  {
    head: 'Command',
    cell: ({ command = [] }) => fit(oneLine(command.join(' ')), longestCell),
    shrink: true,
  },
]

function gateWords(gate: string | null): HintSource {
  return gate === null ? '' : advice` — needs: ${work('approve', 'stage', Number(gate))}`
}
