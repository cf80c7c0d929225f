import type { SessionRecord } from './session.ts'
import type { RecordedReason } from './statuses.ts'

/** The states of a delivery. */
export const deliverySteps = [
  'committing',
  'waiting',
  'merging',
  'verifying',
  'advancing',
  'stopping',
] as const
export type DeliveryStep = (typeof deliverySteps)[number]

/** The full id of a git commit. */
export type CommitId = string

/**
 * How the work of a thread gets into the branch of its workstream: what is known of it so far. Facts of one delivery
 * follow each other from top to bottom; a step whose fact is there is not done again.
 */
export interface Delivery {
  /** The commit with everything that the agent left, in the thread's clone. */
  head?: CommitId | undefined
  /** Paths below work/ that the agent changed in its clone: they are not merged. */
  outside?: string[] | undefined
  /** What else was noticed about what the agent left, as sentences. */
  notes?: string[] | undefined
  /** The tip of the workstream's branch that `candidate` was made on. */
  onto?: CommitId | undefined
  /** The merge of `head` into `onto`, which becomes the branch once it is verified. */
  candidate?: CommitId | undefined
  /** How the verify commands ended on the candidate. */
  verified?: Verification | undefined
  /** The commit of the workstream's branch that contains the work. */
  merged?: CommitId | undefined
  /** Why it could not be merged. */
  conflict?: Conflict | undefined
  /** Why the delivery stopped; absent while it continues, and once it is merged. */
  stopped?: DeliveryStop | undefined
}

/** Why a delivery stopped before the work was merged. */
export interface DeliveryStop {
  status: 'failed' | 'interrupted'
  reason: RecordedReason
  /** What happened, as one or more lines for the user. */
  detail?: string | undefined
}

/** How the verify commands of agents.yaml ended. */
interface Verification {
  /** 0 if all ended well, otherwise the exit code of the one that did not; null if a signal or the time limit ended it. */
  code: number | null
  /** ISO time of the end. */
  at: string
  /** Path of the output, relative to the repository root. */
  log: string
}

/** Changes of a thread and of the workstream's branch that git can't merge. */
export interface Conflict {
  /** The tip of the workstream's branch. */
  onto: CommitId
  files: ConflictFile[]
}

export interface ConflictFile {
  path: string
  /** Kind of the conflict as git calls it: `contents`, `modify/delete`, `binary`, …; `case` for two names that differ only by case. */
  kind: string
  /** Ids of the threads that changed the file in the branch since this thread began. */
  with: string[]
}

/** What committing found in the clone. */
export type Committed =
  | {
      type: 'committed'
      head: CommitId
      /** Whether there is anything to merge. */
      changed: boolean
      outside: string[]
      notes: string[]
    }
  | Unfit

/** A candidate for the branch, or that the work is in it already, or why it can't be merged. */
export type MergeResult =
  | { type: 'candidate'; onto: CommitId; candidate: CommitId }
  | { type: 'merged'; commit: CommitId }
  | { type: 'conflict'; conflict: Conflict }
  | Unfit

/** How the verify commands ended; `none`: there are none. */
export type VerifyResult =
  | { type: 'none' }
  | { type: 'green'; verified: Verification }
  | { type: 'red'; verified: Verification; /** The last lines of output. */ detail: string }
  | Unfit

/** Whether the candidate is the branch now; `moved`: the branch had moved on. */
export type Advanced = { type: 'advanced' } | { type: 'moved' } | Unfit

/** The clone, or the branch, is in a state that nothing can be delivered from or to. */
export interface Unfit {
  type: 'unfit'
  /** Why, as a sentence for the user. */
  detail: string
}

/** Whether there is work of a session to merge or verify: one whose clone was never prepared has left nothing. */
export function hasToDeliver({ deliver, clone }: Pick<SessionRecord, 'deliver' | 'clone'>): boolean {
  return deliver === 'verify' || (deliver === 'merge' && clone !== undefined)
}
