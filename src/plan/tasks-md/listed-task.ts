import type { TaskStatus } from '../../../machines/statuses.ts'

/** A task as written in TASKS.md. */
export interface ListedTask {
  /** `01.02.03.04` */
  id: string
  name: string
  status: TaskStatus
  /** May have several lines. */
  report?: string
  stage_name: string
  batch_name: string
  thread_name: string
  assigned_agent?: string
  line: number
}
