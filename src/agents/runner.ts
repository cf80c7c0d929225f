import type { ProcessIdentity, SessionRecord, Usage } from '../../machines/session.ts'
import type { ForeignSession } from './origin.ts'

/** A session as far as looking at it needs: its record, and the checkout whose tasks.json has it. */
export type SeenSession = Pick<RunnerSession, 'record' | 'root'>

/** One session as its runner needs it. */
export interface RunnerSession {
  record: SessionRecord
  /** The agent's entry in agents.yaml, as far as runners read it. Undefined when it was removed meanwhile. */
  agent: RunnerAgent | undefined
  /** Absolute path of the repository root. */
  root: string
  /** For people: `<stream> <thread> #<attempt>`. */
  title: string
  /** What the agent is told; a runner delivers it once for each session. */
  prompt: () => string
  /** The environment of the agent. */
  env: () => Record<string, string>
}

export interface RunnerAgent {
  name: string
  command?: string[] | undefined
  resume_command?: string[] | undefined
  /** The agent of opencode that does it; `build` unless told. */
  opencode_agent?: string | undefined
  /** What to answer to a session that asks for a permission; `reject` unless told. */
  permissions?: 'reject' | 'once' | undefined
}

/** What is known of a session that no longer lives. */
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
    /** It was called off before it started. */
    | { type: 'abandoned' }
    /** It is gone, and nothing recorded how. */
    | { type: 'vanished' }
    /** A conversation came to rest. */
    | {
        type: 'turn'
        /** `stop`, `length`, `tool-calls`, …; empty when something else ended it. */ finish: string
        error: TurnError | null
        /** It said or did something. */ hasOutput: boolean
      }
    /** The server that it ran on is gone, with the answer half written. */
    | { type: 'server-lost' }
    /** Its server knows it no more. */
    | { type: 'session-missing' }
  )

/** What a provider, or the program that asked it, says went wrong. */
export interface TurnError {
  /** `APIError`, `ProviderAuthError`, `MessageAbortedError`, … */
  name: string
  message: string
  /** HTTP status of the provider, where it answered. */
  status?: number | undefined
  /** ISO time before which it will not answer, where it told. */
  retryAt?: string | undefined
}

interface EvidenceBase {
  /** ISO time. */
  at: string
  /** The last lines worth showing; may be empty. */
  detail: string
  usage?: Usage
  /** Why whoever keeps its time ended it. */
  endedFor?: EndedFor | undefined
}

/** The session took longer than it may take. */
export type EndedFor = 'timeout'

/** What a session is, as one function tells everybody. Only one that is `alive` may be watched or ended. */
export type Look =
  | { type: 'alive'; process: ProcessIdentity | null }
  | { type: 'ended'; evidence: Evidence }
  /** It was never started. */
  | { type: 'absent' }
  | ForeignSession

/** What is seen of a session that this checkout may act on. */
export type OwnLook = Exclude<Look, ForeignSession>

/** A program that agents run on. Every method may be called again after a crash, by another process. */
export interface Runner {
  name: string
  /** Ids for a session that is about to be opened, in the form the runner takes. */
  newIds(): {
    sessionId: string
    /** Of the prompt, where it has one. */
    messageId?: string
    /** The address of the server that it is to run on, where that is not the repository's own. */
    server?: string
  }
  /** Makes sure that sessions can be started at all. Throws a `WorkError` that names what is missing. */
  prepare(): Promise<void>
  /** The models that exist, as `provider/model`, where the runner can list them. */
  listModels?(): Promise<string[]>
  /** The command line that would run, for people to read; undefined when the agent can't start that way. */
  commandOf(agent: RunnerAgent, mode: 'fresh' | 'resume'): string[] | undefined
  /** Whether this session can be gone on with, as far as that can be told without asking anybody. */
  canResume(agent: RunnerAgent, session: SessionRecord): boolean
  /**
   * Asks the world whether this session can be gone on with. Null when it can; else a sentence that says why not, and
   * what a retry would do instead.
   */
  refusalToResume(agent: RunnerAgent, session: SessionRecord): Promise<string | null>
  /**
   * Starts the session, or finds it started: at most one start for each token, whoever calls. Throws when nothing could
   * be started; what the program itself does wrong is evidence later.
   */
  start(session: RunnerSession, signal: AbortSignal): Promise<ProcessIdentity | null>
  /**
   * Waits for the end. Whoever keeps the session's time ends it when that is up; `overdue` when it is up and nobody is
   * left to do so.
   */
  watch(session: RunnerSession, signal: AbortSignal): Promise<Evidence | 'overdue'>
  /** Looks once. */
  look(session: RunnerSession): Promise<Look>
  /**
   * Ends the session and all that it started. `wasOver`: it had ended by itself before anything was done to it.
   * `force` skips the polite signals.
   */
  end(
    session: RunnerSession,
    force: boolean,
    signal: AbortSignal,
  ): Promise<{ evidence: Evidence; wasOver: boolean }>
  /** The last line of output, to show; empty when there is none. */
  lastLine(session: RunnerSession): string
  /** What a live session has used so far, as far as that is known. */
  usage(session: RunnerSession): Usage | undefined
  /** Lets go of what the runner holds. Sessions live on. */
  close(): Promise<void>
}
