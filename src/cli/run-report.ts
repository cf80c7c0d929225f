import { relative } from 'node:path'
import { isOver } from '../../machines/statuses.ts'
import { exitCodes } from '../errors.ts'
import { parentId } from '../ids.ts'
import type { ThreadView } from '../engine/host.ts'
import { nameModel } from '../engine/agent-choice.ts'
import { isUnfinished } from '../engine/fix.ts'
import { describeForeign, wayOutOf } from '../engine/foreign-threads.ts'
import { resultOf } from '../engine/run-result.ts'
import { findRunning, type RunningThread } from '../engine/owners.ts'
import { nextStepOf } from '../engine/next-step.ts'
import { lookAtPlan } from '../engine/plan-look.ts'
import type { PlanRecord } from '../store/tasks-schema.ts'
import type { ReportedThread, RunReport, RunWorld } from '../engine/run-world.ts'
import type { BlockedThread, HeldThread, PlannedThread, RunPlan } from '../engine/run-plan.ts'
import { isDone, type ThreadFacts } from '../engine/thread-facts.ts'
import { describeEnd as describeOutcome, lastLineOf } from '../ui/outcome.ts'
import { statusGlyph } from '../ui/style.ts'
import { renderTable } from '../ui/table.ts'
import { fit, oneLine } from '../ui/text.ts'
import { formatMoment } from '../moment.ts'
import { findStream, type StreamEntry } from '../store/index-file.ts'
import type { StreamPaths } from '../workspace.ts'
import { describeNextStep } from './next-step.ts'
import { outputStyle, outputWidth } from './output.ts'
import { streamFlag } from './hint.ts'
import { describeRunning, nextWhileRunning } from './running.ts'

/** What a run came to, in the shape that scripts rely on. */
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

/** A thread as it stands, with its last session. */
interface Attempted extends Pick<ThreadView, 'id' | 'status' | 'session'> {
  reason?: string | null
}

/**
 * The last words of a run: what did not complete and why, and what to do next, as its threads stand now: those of the
 * whole workstream. Where the user `isAsked` to approve the stage it does not say how to.
 */
export async function describeEnd(
  { stream, index, tasks }: Pick<RunWorld, 'stream' | 'index' | 'tasks'>,
  report: RunReport,
  now: readonly ThreadFacts[],
  isAsked = false,
): Promise<string[]> {
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
  return [...describeUnfinished(stream, report), ...(report.threads.length === 0 ? [] : ['']), ...next]
}

/** The threads that did not complete, of a run after which others follow. */
export function describeUnfinished(stream: StreamPaths, report: RunReport): string[] {
  const unfinished = unfinishedOf(report)
  return unfinished.length === 0 ? [] : ['', ...describeAttempts(stream, unfinished)]
}

function unfinishedOf({ threads }: RunReport): ReportedThread[] {
  return threads.filter(({ status }) => !isOver(status))
}

/** A line for each thread with what its last attempt came to, and where the logs are. */
export function describeAttempts(stream: StreamPaths, threads: readonly Attempted[]): string[] {
  const style = outputStyle()
  const rows = threads.map(({ id, status, reason, session }) => [
    `${statusGlyph(style, status)} ${id}`,
    describeOutcome({ ...session, status, reason: reason ?? session?.reason }),
    `#${session?.attempt ?? 1}`,
    session?.agentName ?? '',
    fit(lastLineOf(session?.detail) ?? '', longestCell),
  ])
  const logs = threads.map(({ session }) => session?.log).find((log) => log !== undefined)
  return [
    ...renderTable({
      head: ['Thread', 'Came to', 'Attempt', 'Agent', 'Last words'],
      rows,
      shrink: [4],
      ...(outputWidth() === undefined ? {} : { width: outputWidth() ?? 80 }),
    }),
    ...(logs === undefined ? [] : ['', `Logs: ${relative(stream.root, stream.logs)}/<thread>/<attempt>.log`]),
  ]
}

/** Every thread is done: what is left for a person, which may be nothing. */
async function afterLast(
  entry: StreamEntry,
  stream: StreamPaths,
  {
    report,
    threads,
    plan,
    here,
  }: { report: RunReport; threads: readonly ThreadFacts[]; plan: PlanRecord | undefined; here: string },
): Promise<string[]> {
  const named = here === '' ? undefined : stream.id
  const step = await nextStepOf(entry, stream, threads, await lookAtPlan(entry, stream, { threads, plan }))
  if (report.threads.length === 0) return describeNextStep(step, named)
  const next = step.command === undefined ? [`  → work status${here}`] : describeNextStep(step, named)
  return [allDone, ...next]
}

const allDone = 'All that was to be run is completed.'

function nextStep(
  here: string,
  report: RunReport,
  {
    threads,
    running,
    isAsked,
  }: { threads: readonly ThreadFacts[]; running: readonly RunningThread[]; isAsked: boolean },
): string[] {
  const left = running.filter(({ holder }) => holder === null)
  const runs = describeLive(running)
  const watch = `  → ${nextWhileRunning(here, running)}`
  switch (report.end) {
    case 'done': {
      const open = threads.filter((thread) => !isDone(thread))
      const did = report.threads.length > 0 ? [allDone] : []
      if (running.length > 0) return [...did, ...runs, watch]
      return open.every(isUnfinished)
        ? [...did, ...leftAsItIs(here, open)]
        : [...did, `  → work run${here}   runs the rest`]
    }
    case 'gated': {
      const stuck = threads.filter(isUnfinished)
      const isForced = stuck.some(({ id }) => parentId(id, 'stage') === report.gate)
      return [
        ...(running.length === 0 ? [] : [...runs, watch]),
        ...leftAsItIs(here, stuck),
        ...(isAsked ? [] : describeGate(here, report.gate ?? '', isForced)),
      ]
    }
    case 'halted': {
      const words = ['Not every thread completed.', ...runs]
      if (left.length > 0) return [...words, `  → work continue${here}   ends what is left`]
      return report.threads.some(({ status }) => status === 'failed' || status === 'interrupted')
        ? [...words, `  → work fix${here}   shows why, and the ways out`]
        : [...words, watch]
    }
    case 'held':
      return report.held.some(({ retryAt }) => retryAt !== undefined)
        ? [...describeHeld(report.held), `  → work run --wait${here}   waits, and goes on then`]
        : describeHeld(report.held)
    case 'blocked':
      return describeBlocked(here, report.blocked ?? [])
    case 'interrupted':
      return [
        'Stopped.',
        ...runs,
        `  → work continue${here}   ${left.length > 0 ? 'ends what is left' : 'goes on'}`,
      ]
    case 'detached':
      return [
        `The run continues in the background (process ${report.process}).`,
        `  → work status --watch${here}   to watch it`,
        `  → work stop${here}   to stop it`,
      ]
    case 'left':
      return ['This terminal is gone; the agents live on.', `  → work continue${here}   finds them again`]
  }
}

/** That a stage waits for approval, and the command; `isForced` when some of its threads are not done. */
export function describeGate(here: string, stage: string, isForced: boolean): string[] {
  const approve = `work approve stage ${Number(stage)}${isForced ? ' --force' : ''}${here}`
  return [
    `Stage ${stage} waits for your approval before the next stage starts.`,
    `  → ${approve}${isForced ? '   leaves it so' : ''}`,
  ]
}

/** What lives: by the hands of others, or because it could not be ended. */
function describeLive(running: readonly RunningThread[]): string[] {
  const others = running.filter(({ holder }) => holder !== null)
  const left = running.flatMap(({ id, holder }) => (holder === null ? [id] : []))
  return [
    ...(others.length === 0 ? [] : ['Being run:', ...describeRunning(others)]),
    ...(left.length === 0 ? [] : [`Did not end, and may be at work: ${left.join(', ')}`]),
  ]
}

/** Threads that did not complete, and were not run again. */
function leftAsItIs(here: string, threads: readonly ThreadFacts[]): string[] {
  if (threads.length === 0) return []
  return [`Left as it is: ${threads.map(({ id }) => id).join(', ')}`, `  → work fix${here}`]
}

/** A line for each thread that can't be run yet. */
function describeHeld(held: readonly HeldThread[]): string[] {
  return held.flatMap(({ id, name, retryAt, foreign }) => {
    const notRun = `Thread ${id} "${oneLine(name)}" is not run:`
    return foreign === undefined
      ? [`${notRun} its provider takes nothing before ${formatMoment(retryAt)}.`]
      : [`${notRun} its session ${oneLine(describeForeign(foreign))}.`, `  → ${wayOutOf(id, foreign)}`]
  })
}

/** A line for each thread that waits for a person, and the command that lets the first of them run again. */
function describeBlocked(here: string, blocked: readonly BlockedThread[]): string[] {
  const [task = ''] = blocked[0]?.tasks ?? []
  return [
    ...blocked.map(
      ({ id, name, tasks }) => `Thread ${id} "${oneLine(name)}" is not run: blocked at ${tasks.join(', ')}.`,
    ),
    `  → work update --task ${task} --status pending${here}   once nothing is in the way`,
  ]
}

/** What a run would do, for `--dry-run`. */
export function describeRunPlan(streamId: string, plan: RunPlan, here: string): string[] {
  const held = [
    ...(plan.blocked === undefined ? [] : describeBlocked(here, plan.blocked)),
    ...describeHeld(plan.held),
  ]
  if (plan.batches.length === 0) return held.length > 0 ? held : [`${streamId}: nothing is left to run.`]
  return [
    `${streamId}: up to ${plan.parallel} threads at once`,
    ...plan.batches.flatMap((batch) => [
      '',
      `Batch ${batch.id} ${oneLine(batch.name)} (stage ${batch.stage}: ${oneLine(batch.stageName)})${gateWords(batch.gate)}`,
      ...renderTable({
        head: ['Thread', 'Name', 'Does', 'Agent', 'Models', 'Command'],
        rows: batch.threads.map(describePlanned),
        shrink: [1, 4, 5],
        ...(outputWidth() === undefined ? {} : { width: outputWidth() ?? 80 }),
      }),
    ]),
    ...(held.length === 0 ? [] : ['', ...held]),
  ]
}

function describePlanned(thread: PlannedThread): string[] {
  const { id, name, action, attempt, agent, command } = thread
  return [
    id,
    oneLine(name),
    attempt > 1 ? `${action} #${attempt}` : action,
    agent.name,
    agent.models.map(nameModel).join(', '),
    fit(oneLine((command ?? []).join(' ')), longestCell),
  ]
}

function gateWords(gate: string | null): string {
  return gate === null ? '' : ` — waits for: work approve stage ${Number(gate)}`
}
