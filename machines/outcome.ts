import type { ProcessIdentity, Usage } from './session.ts'
import type { Reason } from './statuses.ts'

/** What a session came to, once the evidence is judged. */
export type Outcome = Ended & Verdict

export type Verdict =
  | { status: 'completed' }
  | {
      status: 'failed'
      reason: Reason
      /** ISO time before which a retry is pointless. */ retryAt?: string | undefined
    }
  | { status: 'interrupted'; reason: Reason }

/** What is known of a session's end, whatever it came to. */
export interface Ended {
  /** ISO time of the end, as near as it is known. */
  at: string
  exitCode?: number | undefined
  signal?: string | undefined
  /** The last lines worth showing, or a sentence that says what is odd. */
  detail?: string | undefined
  usage?: Usage | undefined
  /** Whether the tasks that the agent was told are done by this: one that is `done_when: exit` has no other way to say so. */
  closesTasks?: boolean | undefined
}

/** Why a session is being ended before its own end. */
export interface EndCause {
  status: 'interrupted' | 'failed'
  reason: Reason
  detail?: string | undefined
}

/** Why the live session is being ended, and whether without the polite signals. */
export interface Ending {
  cause: EndCause
  force: boolean
}

/** What an effect saw of a session. */
export type Sighting =
  | { type: 'alive'; process: ProcessIdentity | null }
  | { type: 'ended'; outcome: Outcome }
  /** It was never started, so starting it now is its first and only start. */
  | { type: 'absent' }
  /** It is running and must be ended: it took longer than it may take, or hangs though it has done its work. */
  | { type: 'overdue'; why: 'timeout' | 'hung' }

export type Alive = Extract<Sighting, { type: 'alive' }>
export type Overdue = Extract<Sighting, { type: 'overdue' }>
/** The one sighting that settles a session. */
export type Settlement = Extract<Sighting, { type: 'ended' }>
