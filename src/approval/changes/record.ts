import { parentId } from '../../ids.ts'
import type { RecordedThread } from '../../plan/compare/recorded-thread.ts'
import { allThreads, type Plan } from '../../plan/plan.ts'
import type { PlanRecord, TasksFile } from '../../store/tasks/schema.ts'
import { isTouched } from '../../threads/sync-tasks.ts'
import type { ThreadFacts } from '../../threads/thread.ts'

/** The threads of tasks.json in the form for comparing with a plan. */
export function recordedThreads(
  threads: readonly ThreadFacts[],
  plan: PlanRecord | undefined,
): RecordedThread[] {
  return threads.map((thread) => {
    const { id, stage, batch, tasks } = thread
    const known = plan?.threads[id]
    return {
      id,
      name: known?.name ?? thread.name,
      stage,
      batch,
      steps: known === undefined ? undefined : (known.steps ?? tasks.map((task) => task.name)),
      line: known?.line,
      hasHistory: isTouched(thread),
      isKept: plan?.kept?.includes(id) === true,
    }
  })
}

/** Records that tasks.json matches this plan, whose text has this hash. */
export function recordPlan(file: TasksFile, plan: Plan, hash: string): void {
  const names = new Map<string, string[]>()
  for (const task of file.tasks) {
    const id = parentId(task.id, 'thread')
    names.set(id, [...(names.get(id) ?? []), task.name])
  }
  const planned = allThreads(plan)
  const threads: PlanRecord['threads'] = {}
  for (const { thread } of planned) {
    const steps = thread.steps.map(({ text }) => text)
    const isAsTasks = JSON.stringify(steps) === JSON.stringify(names.get(thread.id))
    const { name, line } = thread
    threads[thread.id] = { ...file.plan?.threads[thread.id], name, line, ...(isAsTasks ? {} : { steps }) }
    if (isAsTasks) delete threads[thread.id]?.steps
  }
  const kept = [...names.keys()].filter((id) => threads[id] === undefined)
  const { kept: _, ...rest } = file.plan ?? {}
  file.plan = { ...rest, hash, threads, ...(kept.length === 0 ? {} : { kept }) }
}
