import type { ProcessIdentity, SessionRecord, Usage } from '../../machines/session.ts'
import type { ForeignSession } from '../process/origin.ts'

/** What is needed to look at a session: its record, and the checkout whose tasks.json contains it. */
export type SeenSession = Pick<RunnerSession, 'record' | 'root'>

/** One session, as needed by its runner. */
export interface RunnerSession {
  record: SessionRecord
  /** The agent's entry in agents.yaml, as far as runners use it. Undefined if it was removed in the meantime. */
  agent: RunnerAgent | undefined
  /** Absolute path of the repository root. */
  root: string
  /** Shown to users: `<stream> <thread> #<attempt>`. */
  title: string
  /** The prompt; a runner delivers it once per session. */
  prompt: () => string
  /** The environment of the agent. */
  env: () => Record<string, string>
}

export interface RunnerAgent {
  name: string
  command?: string[] | undefined
  resume_command?: string[] | undefined
  /** Which opencode agent to use. Default: `build`. */
  opencode_agent?: string | undefined
  /** The answer when a session asks for a permission. Default: `reject`. */
  permissions?: 'reject' | 'once' | undefined
}

/** What is known about a session that is no longer running. */
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
    | { type: 'vanished' }
    /** A conversation that has finished. */
    | {
        type: 'turn'
        /** `stop`, `length`, `tool-calls`, …; empty if something else ended it. */ finish: string
        error: TurnError | null
        /** It wrote or did something. */ hasOutput: boolean
      }
    /** Its server is gone, with an unfinished answer. */
    | { type: 'server-lost' }
    /** Its server no longer has it. */
    | { type: 'session-missing' }
  )

/** An error reported by a provider, or by the program that called it. */
export interface TurnError {
  /** `APIError`, `ProviderAuthError`, `MessageAbortedError`, … */
  name: string
  message: string
  /** HTTP status of the provider, if it answered. */
  status?: number | undefined
  /** ISO time before which it will not answer, if it said so. */
  retryAt?: string | undefined
}

interface EvidenceBase {
  /** ISO time. */
  at: string
  /** The last relevant lines of output; may be empty. */
  detail: string
  usage?: Usage
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

/** A program that agents run on. Every method may be called again after a crash, by another process. */
export interface Runner {
  name: string
  /** Ids for a session that is about to be opened, in the runner's format. */
  newIds(): {
    sessionId: string
    /** Id of the prompt, if the runner has one. */
    messageId?: string
    /** The address of its server, if that is not the repository's own. */
    server?: string
  }
  /** Checks that sessions can be started at all. Throws a `WorkError` that names what is missing. */
  prepare(): Promise<void>
  /** The existing models, as `provider/model`, if the runner can list them. */
  listModels?(): Promise<string[]>
  /** The command line that would run, shown to users; undefined if the agent can't start that way. */
  commandOf(agent: RunnerAgent, mode: 'fresh' | 'resume'): string[] | undefined
  /** Whether this session can be resumed, as far as that is known without asking the runner's program. */
  canResume(agent: RunnerAgent, session: SessionRecord): boolean
  /**
   * Checks whether this session can be resumed. Null if it can; otherwise a sentence that says why not, and what a
   * retry would do instead.
   */
  refusalToResume(agent: RunnerAgent, session: SessionRecord): Promise<string | null>
  /**
   * Starts the session, or finds it started: at most one start per token, whichever process calls. Throws if nothing
   * could be started; errors of the program itself are evidence later.
   */
  start(session: RunnerSession, signal: AbortSignal): Promise<ProcessIdentity | null>
  /**
   * Waits for the end. The session's timekeeper ends it when its time is up; `overdue` if its time is up and there is
   * no timekeeper.
   */
  watch(session: RunnerSession, signal: AbortSignal): Promise<Evidence | 'overdue'>
  /** Looks once. */
  look(session: RunnerSession): Promise<Look>
  /**
   * Ends the session and everything that it started. `wasOver`: it had already ended by itself. `force` kills it
   * without SIGINT and SIGTERM.
   */
  end(
    session: RunnerSession,
    force: boolean,
    signal: AbortSignal,
  ): Promise<{ evidence: Evidence; wasOver: boolean }>
  /** The last line of output, for display; empty if there is none. */
  lastLine(session: RunnerSession): string
  /** What a running session has used so far, as far as known. */
  usage(session: RunnerSession): Usage | undefined
  /** Releases what the runner holds. Sessions keep running. */
  close(): Promise<void>
}
