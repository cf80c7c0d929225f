import type * as z from 'zod/mini'
import type { ProcessIdentity, SessionRecord, Usage } from '../../machines/session.ts'
import type { WorkLog } from '../log/log.ts'
import type { Workspace } from '../paths.ts'
import type { SeenSession } from '../process/membership.ts'
import type { ForeignSession } from '../process/origin.ts'
import type { Helpers, RunnerAgent } from './agent.ts'
import type { RunnerChecks } from './checks.ts'
import type { Evidence, Look } from './evidence.ts'
import type { SessionOutput } from './output.ts'
import type { HintSource } from '../text/hint.ts'

/**
 * A program that agents run on, as the registry names it: everything that can be known about its sessions without
 * starting it. Members that need much code load it when they are called.
 */
export interface RunnerDefinition {
  /** Its name in agents.yaml and in session records. */
  name: string
  /** Its own fields of an agent in agents.yaml; all others belong to every agent. */
  fields: RunnerFields
  /** The format of the events that an agent's program writes, if that is recorded with each of its sessions. */
  eventsOf?: (agent: RunnerAgent) => string | undefined
  /** What completes a thread unless the agent says otherwise: its tasks, or exit code 0. */
  doneWhen: 'tasks' | 'exit'
  /**
   * Why a session can't be resumed, judging by its record, its agent and files; null if nothing prevents it. A sentence
   * for the user.
   */
  refusalToResume: (agent: RunnerAgent, session: SessionRecord, place: RestartPlace) => string | null
  /** The command line that would run, shown to users; undefined if the agent can't start that way. */
  commandOf: (agent: RunnerAgent, mode: 'fresh' | 'resume') => string[] | undefined
  /** Why this checkout must not act on a session; undefined if it may. */
  foreignTo: (session: SeenSession) => ForeignSession | undefined
  /**
   * Looks at a session without starting or changing anything. `now` counts as the end of a session that is gone
   * without a record.
   */
  probe: (session: SeenSession, now: () => Date) => Promise<Look>
  /** Ends what is left of a session that has ended. Only for the owner of its thread. */
  endRest: (session: SeenSession, evidence: Evidence) => Promise<void>
  /** Its output, read as it grows. Throws a `WorkError` (`no-log`) for a record without a log. */
  openOutput: (session: SeenSession) => SessionOutput
  /** Its last line of output, for display; empty if there is none. */
  lastLine: (session: SeenSession) => string
  /** The runner's own screen for a session, if it has one. */
  screen?: RunnerScreen
  /** The server that its sessions share, if it has one. */
  server?: { stop: (options: RunnerOptions, force: boolean) => Promise<ServerState> }
  /** The models of its providers, if it can list them. */
  models?: RunnerModels
  /** Whether its program is installed, found without starting it. Absent if each agent has its own program. */
  isInstalled?: (env: Record<string, string>, helpers: Helpers) => boolean
  /** What `work doctor` checks. */
  checks: () => Promise<RunnerChecks>
  /** The runner for starting and supervising sessions in a repository. Starts nothing before it is needed. */
  open: (options: RunnerOptions) => Promise<Runner>
}

/** Where a session would be resumed. */
export interface RestartPlace {
  /** Absolute path of the repository root. */
  root: string
  env: Readonly<Record<string, string | undefined>>
}

/** Fields of an agent in agents.yaml, by name. */
export type RunnerFields = Record<string, RunnerField>

interface RunnerField {
  schema: z.ZodMiniType
  /** What it means, for editors and docs. */
  about: string
}

interface RunnerScreen {
  /** What it is called: `opencode's own screen`. */
  title: string
  /** It can't be opened while the session is running: the log is followed instead. */
  atRestOnly?: true
  /**
   * Prepares the screen for a session. Closing it changes nothing. Throws a `WorkError`: `session-missing`, or why its
   * program can't be started.
   */
  open: (options: ScreenOptions) => Promise<SessionScreen>
}

export interface ScreenOptions extends RunnerOptions {
  session: SessionRecord
  /** The agent's entry in agents.yaml; undefined if it was removed in the meantime, or can't be read. */
  agent: RunnerAgent | undefined
  /** Whether the session is still running. */
  isRunning: () => Promise<boolean>
}

/** A screen that is ready to be shown. */
export interface SessionScreen {
  /** Gives it the terminal until it is closed; resolves to its exit code. */
  show: () => Promise<number>
}

/** The models of a runner. */
export interface RunnerModels {
  /**
   * Lists them without a session, as `provider/model`, in at most `timeout` milliseconds. Throws a `WorkError`
   * (`models-not-listed`).
   */
  list: (options: {
    root: string
    env: Record<string, string>
    helpers: Helpers
    timeout: number
  }) => Promise<string[]>
  /** The hint for a model that does not exist. */
  hint: HintSource
  /** What to say when there are none. */
  whenNone: string
}

/** The state of a repository's server. */
export type ServerState =
  | { type: 'none' }
  | { type: 'starting' }
  | {
      type: 'running'
      pid: number
      port: number
      version: string
      /** ISO time. */
      since: string
      /** How many sessions are running; null if it does not answer. */
      busy: number | null
    }

export interface RunnerOptions {
  workspace: Workspace
  helpers: Helpers
  /** The environment of this process. */
  env: NodeJS.ProcessEnv
  now: () => Date
  /** The address of a running server to use instead of an own one. */
  server: string | undefined
  /** The log of calls to runners. Default: none. */
  log?: WorkLog | undefined
  /** Time for a session to react to SIGINT, and then to SIGTERM, in milliseconds. Default: 3 seconds. */
  grace?: number | undefined
  /** Time for a session that says that it has ended to exit, in milliseconds. Default: 10 seconds. */
  linger?: number | undefined
}

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
  /** The only file that its agent may write, absolute; undefined for no limit. */
  writes?: string | undefined
}

/** Ids for a session that is about to be opened, in the runner's format. */
export interface NewIds {
  sessionId: string
  /** Id of the prompt, if the runner has one. */
  messageId?: string
  /** The address of its server, if that is not the repository's own. */
  server?: string
}

/** A runner that is open in a repository. Every method may be called again after a crash, by another process. */
export interface Runner {
  definition: RunnerDefinition
  newIds(): NewIds
  /** Checks that sessions can be started at all. Throws a `WorkError` that names what is missing. */
  prepare(): Promise<void>
  /** The existing models, as `provider/model`, if the runner can list them. */
  listModels?(): Promise<string[]>
  /**
   * Asks the runner's program whether it can still resume a session that `refusalToResume` of its definition lets
   * pass. Null if it can; otherwise a sentence that says why not, and what a retry would do instead.
   */
  askToResume(session: SessionRecord): Promise<string | null>
  /**
   * Starts the session, or finds it started: at most one start per token, whichever process calls. Throws if nothing
   * could be started; errors of the program itself are evidence later.
   */
  start(session: RunnerSession, signal: AbortSignal): Promise<ProcessIdentity | null>
  /**
   * The id that the program of a running session has given it, if it chose another than it was given. Waits until the
   * program has reported it.
   */
  ownId?(session: RunnerSession, signal: AbortSignal): Promise<string | undefined>
  /**
   * Waits for the end. The session's timekeeper ends it when its time is up; `overdue` if its time is up and there is
   * no timekeeper.
   */
  watch(session: RunnerSession, signal: AbortSignal): Promise<Evidence | 'overdue'>
  /** Looks once, before supervising a session: may end what nobody could watch. */
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

/** Where a session works. */
