/** Commands that prepare a clone, or verify what is in it. */
export interface StepsOrder {
  /** Each as program and arguments; run in order until one fails. */
  commands: readonly (readonly string[])[]
  /** Working folder, absolute. */
  cwd: string
  env: Record<string, string>
  /** File for their output, absolute. */
  log: string
  /** Time limit of all together, in milliseconds. Default: none. */
  timeout?: number | undefined
  /**
   * What is unique to them, and in the environment of all their processes as `WORK_STEP`: what an earlier process left
   * running is ended first.
   */
  mark: string
}

export interface StepsEnd {
  /** 0 if all ended well; null if a signal or the time limit ended one. */
  code: number | null
  /** The command that failed. */
  failed?: readonly string[] | undefined
  isTimedOut: boolean
  /** The last lines of output. */
  tail: string
}
