import type { ProcessIdentity, Usage } from './session.ts'
import type { RecordedReason } from './statuses.ts'

/** The outcome of a session, judged by its evidence. */
export type Outcome = Ended & Verdict

export type Verdict =
  | { status: 'completed' }
  | {
      status: 'failed'
      reason: RecordedReason
      /** ISO time before which a retry is pointless. */ retryAt?: string | undefined
    }
  | { status: 'interrupted'; reason: RecordedReason }

/** What is known about a session's end, whatever its outcome. */
export interface Ended {
  /** ISO time of the end, as precise as known. */
  at: string
  exitCode?: number | undefined
  signal?: string | undefined
  /** The last relevant lines of output, or a sentence about something unusual. */
  detail?: string | undefined
  usage?: Usage | undefined
  /** The id that its program gave it, if that is not the one that it was given. */
  runnerSessionId?: string | undefined
  /** Whether this closes the tasks that the agent was given: the only way for an agent with `done_when: exit`. */
  closesTasks?: boolean | undefined
}

/** Why a session is ended before its own end. */
export interface EndCause {
  status: 'interrupted' | 'failed'
  reason: RecordedReason
  detail?: string | undefined
}

/** Why the running session is being ended, and whether it is killed without SIGINT and SIGTERM. */
export interface Ending {
  cause: EndCause
  force: boolean
}

/** What an effect saw of a session. */
export type Sighting =
  /** `runnerSessionId`: see `SessionRecord`. */
  | { type: 'alive'; process: ProcessIdentity | null; runnerSessionId?: string | undefined }
  | { type: 'ended'; outcome: Outcome }
  /** It was never started, so starting it now is its first and only start. */
  | { type: 'absent' }
  /** It is running and must be ended: it exceeded its time limit, or hangs after it has done its work. */
  | { type: 'overdue'; why: 'timeout' | 'hung' }
  | OutOfReach

/** It may be running and can't be watched or ended from here: it survived a kill, or belongs elsewhere. */
export interface OutOfReach {
  type: 'out-of-reach'
  /** Why, as a sentence. */
  message: string
}

export type Alive = Extract<Sighting, { type: 'alive' }>
export type Overdue = Extract<Sighting, { type: 'overdue' }>
/** The only sighting that settles a session. */
export type Settlement = Extract<Sighting, { type: 'ended' }>
