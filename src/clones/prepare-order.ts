import type { CommitId } from '../../machines/delivery.ts'
import type { CloneSettings } from './settings.ts'

/** What a clone must be prepared for. */
export interface PrepareOrder {
  stream: string
  thread: string
  attempt: number
  /** The token of the session that will run in it. */
  token: string
  /**
   * `resume`: as it was left; `go-on`: a new session continues what earlier ones did; `over`: from the newest tip of the
   * workstream's branch, the old HEAD is kept.
   */
  from: 'resume' | 'go-on' | 'over'
  /**
   * Where earlier sessions of the thread began, the best first: files that have lost their git folder are compared with
   * the first of these commits that the main repository has.
   */
  earlier?: readonly CommitId[] | undefined
  settings: CloneSettings
  env: NodeJS.ProcessEnv
  /** File for the output of the setup commands, absolute. */
  log: string
  /** ISO time of commits. */
  at: string
}

/** A clone in which a session can start. */
export interface Prepared {
  /** The tip of the workstream's branch that the thread's branch began at. */
  base: CommitId
  /** HEAD now. */
  start: CommitId
  /** The tip of the workstream's branch, which the clone has. */
  tip: CommitId
  /** What was found: nothing, a clone, one without a sound git folder, or nothing but what was saved of an earlier one. */
  was: 'new' | 'kept' | 'repaired' | 'again'
  /** What the user should know, as sentences. */
  notes: string[]
}
