import type { CommitId, ConflictFile } from '../../machines/delivery.ts'
import type { HintSource } from '../text/hint.ts'
import type { FileChange } from './numstat.ts'

/** Why a workstream can't be landed. */
export interface LandRefusal {
  /** A stable word for scripts. */
  code:
    | 'branch-gone'
    | 'detached'
    | 'under-way'
    | 'other-branch'
    | 'locked'
    | 'land-conflict'
    | 'uncommitted'
    | 'in-the-way'
    | 'not-signed'
  message: string
  hint?: HintSource
  /** Paths that it is about. */
  files: string[]
}

/**
 * How the branch of a workstream gets into the branch that the user has checked out. Plain values: record it before it is
 * carried out, since a landing that was killed can only be completed with it.
 */
export interface LandPlan {
  /** The workstream's branch, and its tip. */
  source: string
  tip: CommitId | null
  /** The user's branch; null for a detached HEAD. */
  branch: string | null
  /** Where the user's branch is, and where it gets. `to` is null if there is nothing to land, or no way. */
  from: CommitId
  to: CommitId | null
  kind: 'nothing' | 'fast-forward' | 'merge' | 'squash'
  /** Commits of the workstream's branch that are landed, newest first: one for each thread. */
  commits: { id: CommitId; subject: string }[]
  /** What changes in the user's branch. */
  files: FileChange[]
  /** What the user's branch and that of the workstream both changed. */
  conflicts: ConflictFile[]
  /** Nothing is carried out while there are any. */
  refusals: LandRefusal[]
}

export interface LandOptions {
  root: string
  /** Id of the workstream, and its branch. */
  stream: string
  source: string
  /** The user's branch at the start of the workstream; null for a detached HEAD. */
  recorded: string | null
  /** The branch that the user named instead. */
  into?: string | undefined
  squash?: boolean | undefined
  /** ISO time of a merge commit. */
  at: string
  /** Makes no signature: nothing is carried out. */
  dryRun?: boolean | undefined
  env: NodeJS.ProcessEnv
}
