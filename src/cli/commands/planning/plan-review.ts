import { readAgents } from '../../../agents/agents-file.ts'
import { diffWithFile } from '../../../approval/approved-text.ts'
import { describeDifferences } from '../../../approval/changes/describe.ts'
import { compareWithTasks } from '../../../approval/changes/plan-changes.ts'
import { isolationOf } from '../../../engine/clone-place.ts'
import { allThreads, type Plan } from '../../../plan/plan.ts'
import { sharedFiles } from '../../../plan/shared-files.ts'
import { isUnfilled } from '../../../plan/template.ts'
import { readDraft, readPlan, type CheckedDraft } from '../../../planning/draft-file.ts'
import { estimate } from '../../../planning/estimate.ts'
import { inheritedEnvironment } from '../../../process/env.ts'
import { streamPaths } from '../../../paths.ts'
import { openTasks } from '../../../store/tasks/tasks.ts'
import { assignedAgent, threadsOf, type ThreadFacts } from '../../../threads/thread.ts'
import { parentId } from '../../../ids.ts'
import { WorkError } from '../../../errors.ts'
import { listSome } from '../../../text/list-some.ts'
import { plainText } from '../../../text/sanitize.ts'
import { renderPlanReview } from '../../../ui/plan-review.ts'
import { now, type StreamContext } from '../../context.ts'
import { outputStyle, outputWidth } from '../../output.ts'
import { paintDiffLine } from '../approve/plan-diff.ts'
import type { PlanningContext } from './planning-context.ts'

/** What a user should see before saying yes to a draft, in lines. */
export async function describeReview(
  place: PlanningContext,
  { plan }: CheckedDraft,
  elsewhere: readonly string[],
): Promise<string[]> {
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

async function describePlan({ context }: PlanningContext, plan: Plan): Promise<string[]> {
  const { workspace, stream, entry, tasks } = context
  const { parallel, clones } = await readAgents(workspace.agents)
  const file = tasks.read()
  const known = new Map(threadsOf(file).map((thread) => [thread.id, thread]))
  const agentOf = (id: string) => {
    const thread = known.get(id)
    return thread === undefined ? 'default' : assignedAgent(thread)
  }
  const isIsolated = isolationOf(file, stream, clones).mode === 'clone'
  const threads = allThreads(plan).map(({ thread: { id } }) => ({
    id,
    batch: parentId(id, 'batch'),
    agent: agentOf(id),
  }))
  return renderPlanReview({
    name: entry.id,
    plan,
    agents: agentOf,
    style: outputStyle(),
    width: outputWidth() ?? Infinity,
    shared: sharedFiles(plan),
    isIsolated,
    estimate: estimate({ threads, parallel, history: earlierThreads(context) }),
  })
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

/** Files outside of the workstream that have changed while the agent planned. */
export function describeElsewhere(paths: readonly string[]): string[] {
  if (paths.length === 0) return []
  return [
    '',
    plainText(
      `While the agent planned, this changed outside of the workstream: ${listSome([...paths], 5)}. A planning agent may write its draft only; git diff shows what it is.`,
    ),
  ]
}
