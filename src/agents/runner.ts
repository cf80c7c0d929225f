import type { ProcessIdentity, SessionRecord, Usage } from '../../machines/session.ts'

/** One session as its runner needs it. */
export interface RunnerSession {
  record: SessionRecord
  /** The agent's entry in agents.yaml, as far as runners read it. Undefined when it was removed meanwhile. */
  agent: RunnerAgent | undefined
  /** Absolute path of the repository root. */
  root: string
  /** What the agent is told; a runner delivers it once for each session. */
  prompt: () => string
  /** The environment of the agent. */
  env: () => Record<string, string>
}

export interface RunnerAgent {
  name: string
  command?: string[] | undefined
  resume_command?: string[] | undefined
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
  )

interface EvidenceBase {
  /** ISO time. */
  at: string
  /** The last lines worth showing; may be empty. */
  detail: string
  usage?: Usage
}

export type Look =
  | { type: 'alive'; process: ProcessIdentity | null }
  | { type: 'ended'; evidence: Evidence }
  | { type: 'absent' }

/** A program that agents run on. Every method may be called again after a crash, by another process. */
export interface Runner {
  name: string
  /** An id for a session that is about to be opened, in the form the runner takes. */
  newSessionId(): string
  /** The command line that would run, for people to read; undefined when the agent can't start that way. */
  commandOf(agent: RunnerAgent, mode: 'fresh' | 'resume'): string[] | undefined
  /** Whether this session can be gone on with. */
  canResume(agent: RunnerAgent, session: SessionRecord): boolean
  /**
   * Starts the session, or finds it started: at most one start for each token, whoever calls. Throws when nothing could
   * be started; what the program itself does wrong is evidence later.
   */
  start(session: RunnerSession, signal: AbortSignal): Promise<ProcessIdentity | null>
  /** Waits for the end; `overdue` when `deadline` (ISO) passes first. */
  watch(session: RunnerSession, deadline: string | null, signal: AbortSignal): Promise<Evidence | 'overdue'>
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
}
