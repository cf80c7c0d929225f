import type { TaskStatus } from '../../machines/statuses.ts'
import { formatId } from '../ids.ts'
import { type Plan, allThreads } from './plan.ts'

/** A task as the plan defines it, before any work. */
export interface DerivedTask {
  /** `01.02.03.04` */
  id: string
  name: string
  status: TaskStatus
  stage_name: string
  batch_name: string
  thread_name: string
  /** The line of PLAN.md that it comes from. */
  line: number
}

/** One task per step of each thread, in plan order. The step's box gives the status. */
export function deriveTasks(plan: Plan): DerivedTask[] {
  return allThreads(plan).flatMap(({ stage, batch, thread }) =>
    thread.steps.map((step, index) => ({
      id: `${thread.id}.${formatId(index + 1)}`,
      name: step.text,
      status: step.status ?? (step.checked ? 'completed' : 'pending'),
      stage_name: stage.name,
      batch_name: batch.name,
      thread_name: thread.name,
      line: step.line,
    })),
  )
}
