import type { TaskStatus } from '../../machines/statuses.ts'

/** A written plan as values. Every `line` is a line of PLAN.md, from 1; every text is the author's own markdown. */
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
  questions: Question[]
  batches: Batch[]
}

/** Something to be decided before the stage can be approved. An empty text never counts as open. */
export interface Question {
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

/** One piece of a thread's work, in one line: what a task is made from. */
export interface Step {
  text: string
  line: number
  checked: boolean
  /** What its box says, where that is neither open nor ticked: `[~]`, `[!]` or `[-]`. */
  status?: TaskStatus
}

/** A thread with the batch and the stage that it stands in. */
export interface PlacedThread {
  stage: Stage
  batch: Batch
  thread: Thread
}

/** Every thread of the plan, in the order in which it is written. */
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
