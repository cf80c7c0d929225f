import type { TaskStatus } from '../../machines/statuses.ts'

/** A parsed plan. Every `line` is a line of PLAN.md, from 1; every text is the author's own Markdown. */
export interface Plan {
  name: string
  line: number
  summary: string
  references: string[]
  stages: Stage[]
}

export interface Stage {
  /** `01` */
  id: string
  number: number
  name: string
  line: number
  definition: string
  constitution: string
  questions: PlanQuestion[]
  batches: Batch[]
}

/** A question to answer before the stage can be approved. One with an empty text never counts as open. */
export interface PlanQuestion {
  text: string
  line: number
  resolved: boolean
}

export interface Batch {
  /** `01.02` */
  id: string
  number: number
  name: string
  line: number
  summary: string
  threads: Thread[]
}

export interface Thread {
  /** `01.02.03` */
  id: string
  number: number
  name: string
  line: number
  summary: string
  details: string
  steps: Step[]
}

/** One step of a thread, as one line. It becomes a task. */
export interface Step {
  text: string
  line: number
  checked: boolean
  /** The status in its box, if that is neither open nor ticked: `[~]`, `[!]` or `[-]`. */
  status?: TaskStatus
}

/** A thread with its batch and stage. */
export interface PlacedThread {
  stage: Stage
  batch: Batch
  thread: Thread
}

/** Every thread of the plan, in plan order. */
export function allThreads(plan: Plan): PlacedThread[] {
  return plan.stages.flatMap((stage) =>
    stage.batches.flatMap((batch) => batch.threads.map((thread) => ({ stage, batch, thread }))),
  )
}

/** The thread with the padded id `01.02.03`, or undefined. */
export function findThread(plan: Plan, id: string): PlacedThread | undefined {
  for (const stage of plan.stages) {
    for (const batch of stage.batches) {
      const thread = id.startsWith(`${batch.id}.`) ? batch.threads.find((one) => one.id === id) : undefined
      if (thread !== undefined) return { stage, batch, thread }
    }
  }
  return undefined
}
