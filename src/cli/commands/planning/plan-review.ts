import { basename } from 'node:path'
import { readAgents } from '../../../agents/agents-file.ts'
import { diffWithFile } from '../../../approval/approved-text.ts'
import { describeDifferences } from '../../../approval/changes/describe.ts'
import { compareWithTasks } from '../../../approval/changes/plan-changes.ts'
import { isolationOf } from '../../../engine/clone-place.ts'
import type { Plan } from '../../../plan/plan.ts'
import { sharedFiles, type SharedFile } from '../../../plan/shared-files.ts'
import { isUnfilled } from '../../../plan/unfilled.ts'
import { readDraft, readPlan, type CheckedDraft } from '../../../planning/draft-file.ts'
import { estimate, type Estimate } from '../../../planning/estimate.ts'
import { inheritedEnvironment } from '../../../process/env.ts'
import { streamPaths } from '../../../paths.ts'
import { openTasks } from '../../../store/tasks/tasks.ts'
import { listTasks } from '../../../threads/sync-tasks.ts'
import { assignedAgent, isDone, threadsOf, type ThreadFacts } from '../../../threads/thread.ts'
import { parentId } from '../../../ids.ts'
import { WorkError } from '../../../errors.ts'
import { listSome } from '../../../text/list-some.ts'
import { plainText } from '../../../text/sanitize.ts'
import { formatDuration } from '../../../ui/durations.ts'
import { now, type StreamContext } from '../../context.ts'
import { outlineOf } from '../approve/all.ts'
import type { OutputLine } from '../../output.ts'
import { paintDiffLine } from '../approve/plan-diff.ts'
import { advice, work } from '../../../text/hint.ts'
import type { PlanningContext } from './planning-context.ts'

/** What a user should see before saying yes to a draft, in lines. */
export async function describeDraft(
  place: PlanningContext,
  { plan }: CheckedDraft,
  elsewhere: readonly string[],
): Promise<OutputLine[]> {
  if (plan === undefined) return []
  return [
    ...(await describeChanges(place, plan)),
    ...(await describePlan(place, plan)),
    ...describeElsewhere(elsewhere),
  ]
}

/** How a draft differs from the plan that is there, and what becomes of its threads. */
async function describeChanges({ context, paths }: PlanningContext, plan: Plan): Promise<string[]> {
  const before = readPlan(paths)
  if (before === undefined || isUnfilled(before) || readDraft(paths) === undefined) return []
  const env = inheritedEnvironment(process.env)
  const lines = await diffWithFile(context.workspace.root, before, paths.draft, env)
  const file = context.tasks.read()
  const differences = file.tasks.length === 0 ? [] : compareWithTasks(file, plan)
  const threads = describeDifferences(differences.filter(({ kind }) => kind !== 'kept'))
  return [
    ...(lines === undefined || lines.every((line) => line === '')
      ? []
      : ['What the draft changes in PLAN.md:', ...lines.map(paintDiffLine), '']),
    ...(threads.length === 0 ? [] : ['What becomes of the threads:', ...threads.map(plainText), '']),
  ]
}

async function describePlan({ context, paths }: PlanningContext, plan: Plan): Promise<OutputLine[]> {
  const { workspace, stream, entry, tasks } = context
  const { parallel, clones } = await readAgents(workspace.agents)
  const file = tasks.read()
  const recorded = new Map(file.tasks.map((task) => [task.id, task]))
  const planned = listTasks(file, plan).map((task) => ({
    created_at: '',
    updated_at: '',
    ...recorded.get(task.id),
    ...task,
  }))
  const threads = threadsOf({ ...file, tasks: planned })
  const name = basename(readDraft(paths) === undefined ? paths.plan : paths.draft)
  const { lines } = outlineOf(entry.id, plan, threads, { isShown: true, file: name })
  const open = threads.filter((thread) => !isDone(thread))
  const estimated = open.map((thread) => ({
    batch: parentId(thread.id, 'batch'),
    agent: assignedAgent(thread),
  }))
  const isIsolated = isolationOf(file, stream, clones).mode === 'clone'
  return [
    ...lines,
    ...describeAgents(threads),
    ...describeShared(sharedFiles(plan), isIsolated),
    ...describeEstimate(estimate({ threads: estimated, parallel, history: earlierThreads(context) })),
  ]
}

/** Who does how much. */
function describeAgents(threads: readonly ThreadFacts[]): OutputLine[] {
  const names = [...new Set(threads.map(assignedAgent))]
  const counts = names.map((name) => `${name} ${threads.filter((one) => assignedAgent(one) === name).length}`)
  return ['', advice`Threads by agent: ${counts.join(', ')}. ${work('assign')} changes that.`]
}

function describeShared(shared: readonly SharedFile[], isIsolated: boolean): string[] {
  if (shared.length === 0) return []
  const words = shared.map(({ file, threads }) => `  ${file}: ${threads.join(', ')}`)
  const what = isIsolated
    ? 'If they change the same lines, merging them ends in a conflict.'
    : 'They run in the same folder at the same time.'
  return [
    '',
    `Files that threads of one batch both name. ${what}`,
    ...words.slice(0, mostShared).map(plainText),
  ]
}

function describeEstimate(found: Estimate | undefined): string[] {
  if (found === undefined) return []
  const { basis, time, cost } = found
  const dollars = cost === undefined ? '' : `, $${cost.low.toFixed(2)} to $${cost.high.toFixed(2)}`
  const span = `${formatDuration(time.low)} to ${formatDuration(time.high)}`
  return ['', `Estimate from ${basis} earlier threads: ${span}${dollars}.`]
}

/** The threads of all workstreams of the repository. One whose records can't be read says nothing. */
function earlierThreads({ workspace, index }: StreamContext): ThreadFacts[] {
  return index.read().streams.flatMap(({ id }) => {
    try {
      return threadsOf(openTasks(streamPaths(workspace, id), now).read())
    } catch (error) {
      if (!(error instanceof WorkError)) throw error
      return []
    }
  })
}

/** More files than these say nothing more. */
const mostShared = 10

/** Files outside of the workstream that have changed while the agent planned. */
export function describeElsewhere(paths: readonly string[]): string[] {
  if (paths.length === 0) return []
  return [
    '',
    plainText(
      `While the agent planned, this changed outside of the workstream: ${listSome([...paths], 5)}. A planning agent may write its draft only; look at what it is.`,
    ),
  ]
}
