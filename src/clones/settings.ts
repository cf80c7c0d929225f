/** What a thread is isolated by: a clone of its own, or nothing. */
export const isolationModes = ['clone', 'none'] as const
export type IsolationMode = (typeof isolationModes)[number]

/** The settings of agents.yaml about clones and delivery, with their defaults filled in. */
export interface CloneSettings {
  /** For workstreams that start from now on. Default: `none`. */
  isolation: IsolationMode
  /** Commands in a fresh clone, in order, each as program and arguments. They must bear being run again. */
  setup: string[][]
  /** Ignored files of the main tree that are copied, as patterns of .gitignore; beside those of .worktreeinclude. */
  copy: string[]
  /** Ignored paths of the main tree that are linked. */
  link: string[]
  /** Commands that must succeed before work is merged; without isolation, before a thread is completed. */
  verify: string[][]
  /** Time limit of all verify commands together, in milliseconds. Default: 20 minutes. */
  verifyTimeout: number
  /** Whether a thread is merged with its own commits, or as one commit. Default: `commit`. */
  merge: 'commit' | 'squash'
  /** Whether the approval of a stage also lands it in the user's branch. Default: `ask`. */
  land: 'ask' | 'stage'
  /** Whether agents may push from their clones. Default: false. */
  push: boolean
}
