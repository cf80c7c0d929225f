import type { ProcessIdentity, Usage } from '../../machines/session.ts'
import type { ForeignSession } from '../process/origin.ts'

/** What is known about a session that is no longer running, in the words of no product. */
export type Evidence = EvidenceBase &
  (
    | {
        type: 'exited'
        code: number | null
        signal: string | null
        /** It wrote something. */ hasOutput: boolean
      }
    /** The program could not be started. */
    | { type: 'not-started'; code: string; message: string }
    /** It was cancelled before it started. */
    | { type: 'abandoned' }
    /** It is gone without a record of how it ended. */
    | { type: 'gone' }
    /** Its conversation ended as it should. */
    | { type: 'turn-ended'; /** It wrote or did something. */ hasOutput: boolean }
    /** Its answer ended early: the model's output limit, a full context, or what `why` says. */
    | { type: 'cut-off'; why: 'output-limit' | 'other' }
    /** A permission that it asked for was denied, and it could not continue. */
    | { type: 'denied' }
    /** It ended in the middle: its program says nothing of an end. `code`: its exit code, if that ended it. */
    | { type: 'broken-off'; code: number | null }
    /** Someone stopped it in its own program. */
    | { type: 'aborted' }
    /** The provider refused it, or failed. `status`: its HTTP status, if it answered. */
    | { type: 'refused'; status: number | undefined }
    /** The provider accepts no more requests for now. */
    | {
        type: 'rate-limited'
        /** ISO time before which it will not answer, if it said so. */ retryAt?: string | undefined
      }
    /** Its server is gone, with an unfinished answer. */
    | { type: 'server-lost' }
    /** It no longer exists. */
    | { type: 'session-missing' }
  )

/** Evidence without its time and details. */
export type EvidenceFact = Evidence extends infer One
  ? One extends Evidence
    ? Omit<One, keyof EvidenceBase>
    : never
  : never

interface EvidenceBase {
  /** ISO time. */
  at: string
  /** The last relevant lines of output; may be empty. */
  detail: string
  usage?: Usage
  /** The id that its program gave it, if that is not the one that it was given. */
  runnerSessionId?: string | undefined
  /** Why its timekeeper ended it. */
  endedFor?: EndedFor | undefined
}

/** The session exceeded its time limit. */
export type EndedFor = 'timeout'

/** The state of a session, as determined by one function. Only an `alive` session may be watched or ended. */
export type Look =
  | { type: 'alive'; process: ProcessIdentity | null }
  | { type: 'ended'; evidence: Evidence }
  /** It was never started. */
  | { type: 'absent' }
  | ForeignSession

/** The state of a session that this checkout may act on. */
export type OwnLook = Exclude<Look, ForeignSession>
