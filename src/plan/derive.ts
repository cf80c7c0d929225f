import type { TaskStatus } from '../../machines/statuses.ts'
import { formatId } from '../ids.ts'
import { type Plan, allThreads } from './plan.ts'

/** A task as the plan has it, before anyone worked on it. */
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

/** One task per step of each thread, in the order of the plan; the sign in its box says the status of the task. */
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
