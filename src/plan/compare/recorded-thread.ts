/** What is recorded of a thread: how it was when the plan was approved. */
export interface RecordedThread {
  /** `01.02.03` */
  id: string
  name: string
  stage: string
  batch: string
  /** The steps that the plan had for it; undefined if they were not recorded. */
  steps: readonly string[] | undefined
  /** Its line in PLAN.md at that time. */
  line: number | undefined
  /** Whether it ran or has reports. */
  hasHistory: boolean
  /** The user keeps it although it is no longer in the plan. */
  isKept: boolean
}
