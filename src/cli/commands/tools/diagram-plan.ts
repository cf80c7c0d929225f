import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import type { PlanDiagram, PlanDiagramApproval, PlanDiagramThread } from '../../../diagram/plan/plan.ts'
import { planApproval } from '../../../approval/gate.ts'
import { observeFile } from '../../../engine/probe.ts'
import { lookAtPlan } from '../../../approval/changes/inspect.ts'
import { threadsOf, type ThreadFacts } from '../../../threads/thread.ts'
import { viewTree } from '../../../threads/status.ts'
import { WorkError } from '../../../errors.ts'
import { compareIds } from '../../../ids.ts'
import { deriveTasks } from '../../../plan/derive.ts'
import { parsePlan } from '../../../plan/parse/parse.ts'
import { allThreads, type PlacedThread, type Plan } from '../../../plan/plan.ts'
import type { StreamEntry } from '../../../store/index/index-file.ts'
import { shownStatus } from '../../../ui/outcome.ts'
import { now, openStream, readPlanText, type CommonOptions, type StreamContext } from '../../context.ts'
import { say } from '../../output.ts'
import { standingOf } from '../../../threads/standing.ts'
import { work } from '../../../text/hint.ts'

/**
 * The plan with the state of each thread. The state of a thread is what tasks.json has, and where nothing is recorded
 * yet, what the plan says. Throws a `WorkError` (`no-stages`) for a plan in which there is nothing to draw.
 */
export async function findPlanDiagram(options: CommonOptions): Promise<PlanDiagram> {
  const context = openStream(options)
  const { entry, stream, tasks } = context
  const observed = await observeFile(tasks, stream, now)
  const look = await lookAtPlan(entry, stream, observed)
  const recorded = [...observed.threads, ...(look?.unrecorded ?? [])]
  const text = recorded.length > 0 && !existsSync(stream.plan) ? undefined : readPlanText({ stream })
  const approval = approvalOf(entry, text)
  const plan = text === undefined ? undefined : readPlan(text, context, recorded.length > 0)
  const stages =
    plan === undefined || recorded.length > 0
      ? stagesOfThreads(recorded.toSorted((left, right) => compareIds(left.id, right.id)))
      : stagesOfPlan(plan)
  return { chart: 'plan', stream: entry.id, name: plan?.name || entry.name, approval, stages }
}

/** The plan; where it is all that is known it must have stages, and its errors are worth a word. */
function readPlan(text: string, { stream }: StreamContext, isRecorded: boolean): Plan {
  const { plan, problems } = parsePlan(text)
  if (isRecorded) return plan
  const label = relative(stream.root, stream.plan)
  if (plan.stages.length === 0) {
    throw new WorkError(`${label} has no stage to draw.`, {
      code: 'no-stages',
      hint: work('validate', 'plan'),
    })
  }
  const errors = problems.filter(({ severity }) => severity === 'error').length
  if (errors > 0) {
    const count = errors === 1 ? 'an error' : `${errors} errors`
    say(`${label} has ${count}; the diagram shows what could be read.`, { next: work('validate', 'plan') })
  }
  return plan
}

function approvalOf({ approval }: StreamEntry, text: string | undefined): PlanDiagramApproval {
  if (text === undefined) return 'unknown'
  const { state } = planApproval(approval, text)
  return state === 'approved' && approval?.tasks?.status !== 'approved' ? 'tasks-missing' : state
}

function stagesOfThreads(threads: ThreadFacts[]): PlanDiagram['stages'] {
  const facts = new Map(threads.map((thread) => [thread.id, thread]))
  return viewTree(threads).map((stage) => ({
    ...stage,
    batches: stage.batches.map((batch) => ({
      ...batch,
      threads: batch.threads.flatMap(({ id }) => {
        const thread = facts.get(id)
        return thread === undefined ? [] : [viewOf(thread)]
      }),
    })),
  }))
}

/** As the plan has them: also a stage without batches, and two threads with the same number. */
function stagesOfPlan(plan: Plan): PlanDiagram['stages'] {
  const facts = new Map(allThreads(plan).map((placed) => [placed.thread, plannedThread(plan, placed)]))
  const factsOf = (threads: Plan['stages'][number]['batches'][number]['threads']) =>
    threads.flatMap((thread) => facts.get(thread) ?? [])
  return plan.stages.map(({ id, name, batches }) => ({
    id,
    name,
    status: viewTree(factsOf(batches.flatMap(({ threads }) => threads)))[0]?.status ?? 'pending',
    batches: batches.map((batch) => ({
      id: batch.id,
      name: batch.name,
      status: viewTree(factsOf(batch.threads))[0]?.status ?? 'pending',
      threads: factsOf(batch.threads).map(viewOf),
    })),
  }))
}

/** A thread of which nothing is recorded, with the tasks that its approval would give it. */
function plannedThread(plan: Plan, { stage, batch, thread }: PlacedThread): ThreadFacts[] {
  const alone = { ...plan, stages: [{ ...stage, batches: [{ ...batch, threads: [thread] }] }] }
  const tasks = deriveTasks(alone).map((task) => ({ ...task, created_at: '', updated_at: '' }))
  return threadsOf({ version: '2.0.0', stream_id: '', last_updated: '', tasks, threads: {} })
}

function viewOf(thread: ThreadFacts): PlanDiagramThread {
  const standing = standingOf(thread)
  const leaf = viewTree([thread])[0]?.batches[0]?.threads[0]?.status ?? standing.status
  return {
    id: thread.id,
    name: thread.name,
    status: shownStatus(standing) === 'incomplete' ? 'incomplete' : leaf,
    reason: standing.reason,
    tasks: {
      total: thread.tasks.length,
      completed: thread.tasks.filter(({ status }) => status === 'completed').length,
    },
  }
}
