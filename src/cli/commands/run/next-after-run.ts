import { lookAtPlan } from '../../../approval/changes/inspect.ts'
import { nextStepOf } from '../../../approval/next-step.ts'
import { isUnfinished } from '../../../engine/fix-options.ts'
import type { RunReport } from '../../../engine/run-context.ts'
import { parentId } from '../../../ids.ts'
import type { StreamPaths } from '../../../paths.ts'
import type { StreamEntry } from '../../../store/index/index-file.ts'
import type { IsolationRecord, PlanRecord } from '../../../store/tasks/schema.ts'
import { advice, work } from '../../../text/hint.ts'
import { counted } from '../../../text/plural.ts'
import type { RunningThread } from '../../../threads/leases.ts'
import { isDone, type ThreadFacts } from '../../../threads/thread.ts'
import { describeNextStep } from '../../next-step.ts'
import type { OutputLine } from '../../output.ts'
import { describeBlocked, describeHeld } from './held-threads.ts'
import { describeRunning, nextWhileRunning } from './running-threads.ts'

/** Every thread is done: what is left for the user, which may be nothing. */
export async function nextAfterLast(
  entry: StreamEntry,
  stream: StreamPaths,
  {
    report,
    threads,
    plan,
    isolation,
    here,
  }: {
    report: RunReport
    threads: readonly ThreadFacts[]
    plan: PlanRecord | undefined
    isolation: IsolationRecord | undefined
    here: string[]
  },
): Promise<OutputLine[]> {
  const named = here.length === 0 ? undefined : stream.id
  const look = await lookAtPlan(entry, stream, { threads, plan })
  const step = await nextStepOf(entry, stream, threads, look, isolation)
  if (report.threads.length === 0 || step.command !== undefined) return describeNextStep(step, named)
  return [
    `All ${counted(threads.length, 'thread')} of ${stream.id} are done.`,
    { next: advice`${work('review', ...here)}   shows what the last stage changed` },
  ]
}

/** What the user can do after a run that left something to do. */
export function nextAfterRun(
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
