import { existsSync } from 'node:fs'
import { formatId, parentId } from '../../ids.ts'
import type { PlacedThread, Plan } from '../../plan/plan.ts'
import type { StreamEntry } from '../../store/index/index-file.ts'
import type { PlanRecord, Task } from '../../store/tasks/schema.ts'
import type { StreamPaths } from '../../paths.ts'
import { planApproval, planHash } from '../gate.ts'
import { readPlanText } from '../plan-file.ts'
import { isDone, type ThreadFacts } from '../../threads/thread.ts'

/** How the current PLAN.md differs from the records. */
export interface PlanLook {
  /** Threads of the plan without a record, as pending ones. */
  unrecorded: ThreadFacts[]
  /** What the user must know or decide, in lines; empty if the records match the plan. */
  differences: string[]
  /** The same for scripts. */
  facts: Record<string, unknown>[]
  /** Whether the user must say what happened to a thread. */
  isOpen: boolean
}

/**
 * Compares the plan of a workstream with its threads; undefined if there is nothing to compare. While PLAN.md is what
 * tasks.json was last compared with, the record is enough: the plan parser takes time to load.
 */
export async function lookAtPlan(
  entry: StreamEntry,
  stream: StreamPaths,
  { threads, plan: record }: { threads: readonly ThreadFacts[]; plan: PlanRecord | undefined },
): Promise<PlanLook | undefined> {
  if (threads.length === 0 || !existsSync(stream.plan)) return undefined
  const text = readPlanText({ stream })
  if (record?.hash === planHash(text)) return lookAtRecord(record, threads)
  // A draft with work to do must not count as done.
  if (planApproval(entry.approval, text).state === 'draft' && !threads.every(isDone)) return undefined
  const { parsePlan } = await import('../../plan/parse/parse.ts')
  return comparePlanNow(parsePlan(text).plan, threads, record)
}

async function comparePlanNow(
  plan: Plan,
  threads: readonly ThreadFacts[],
  record: PlanRecord | undefined,
): Promise<PlanLook> {
  const [{ comparePlan }, { recordedThreads }, { describeDifferences, factsOf, isSettled }] =
    await Promise.all([
      import('../../plan/compare/compare.ts'),
      import('./record.ts'),
      import('./describe.ts'),
    ])
  const differences = comparePlan(recordedThreads(threads, record), plan)
  const unrecorded = differences.flatMap((one) =>
    one.kind === 'new' || one.kind === 'changed' ? [pendingThread(one.planned)] : [],
  )
  return {
    unrecorded,
    differences: isSettled(differences) && unrecorded.length === 0 ? [] : describeDifferences(differences),
    facts: differences.flatMap(factsOf),
    isOpen: !isSettled(differences),
  }
}

function pendingThread({ stage, batch, thread }: PlacedThread): ThreadFacts {
  const names = { name: thread.name, stage: stage.name, batch: batch.name }
  return pending(
    thread.id,
    names,
    thread.steps.map(({ text }) => text),
  )
}

/** Threads of the plan that have no tasks, for example if TASKS.md was approved without them. */
function lookAtRecord({ threads: planned }: PlanRecord, threads: readonly ThreadFacts[]): PlanLook {
  const known = new Set(threads.map(({ id }) => id))
  const unrecorded = Object.entries(planned).flatMap(([id, { name, steps = [name] }]) => {
    if (known.has(id)) return []
    const near = (level: 'stage' | 'batch') =>
      threads.find((one) => parentId(one.id, level) === parentId(id, level))?.[level] ?? ''
    return [pending(id, { name, stage: near('stage'), batch: near('batch') }, steps)]
  })
  return { unrecorded, differences: [], facts: [], isOpen: false }
}

function pending(
  id: string,
  { name, stage, batch }: Pick<ThreadFacts, 'name' | 'stage' | 'batch'>,
  steps: readonly string[],
): ThreadFacts {
  const toTask = (step: string, index: number): Task => ({
    id: `${id}.${formatId(index + 1)}`,
    name: step,
    stage_name: stage,
    batch_name: batch,
    thread_name: name,
    status: 'pending',
    created_at: '',
    updated_at: '',
  })
  const [first = name, ...others] = steps
  const tasks: [Task, ...Task[]] = [toTask(first, 0), ...others.map((step, index) => toTask(step, index + 1))]
  return {
    id,
    name,
    stage,
    batch,
    tasks,
    sessions: [],
    envelope: undefined,
    status: 'pending',
    delivery: null,
  }
}
