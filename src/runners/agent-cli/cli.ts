import type { SessionRecord } from '../../../machines/session.ts'
import type { SeenSession } from '../../process/membership.ts'
import { workingFolder } from '../session-paths.ts'
import type { Fact, TurnEnd } from './facts.ts'
import type { CliOptions } from './options.ts'

/** An agent CLI that writes its events as lines of JSON: everything in which it differs from the others. */
export interface AgentCli {
  /** Its name in agents.yaml. */
  name: string
  /** Its name for users: `Claude Code`. */
  title: string
  /** Its executable. */
  program: string
  /** The version that was tried. */
  tried: string
  /** Whether its models have variants. */
  hasVariants: boolean
  /** Arguments for a session that is new to it, or for one that it knows. The prompt goes to its standard input. */
  argumentsOf: (start: CliStart) => string[]
  /** The arguments of a start under an id of its own, and words of its refusal of ours after which it is made. */
  ownIdStart?: (start: CliStart) => { arguments: string[]; when: string }
  /** Variables for its environment; the user's own values win. */
  environment: (start: CliStart) => Record<string, string>
  /** Makes what it must find before it starts, more than once if need be. */
  prepare?: (start: CliStart) => void
  /** The file in which it keeps a session, absolute; undefined if there is none, so that it can't be resumed. */
  transcriptOf: (sessionId: string, home: CliHome) => string | undefined
  /** Returns what reads one run's events, a parsed line each. */
  createReader: () => (event: unknown) => Fact[]
  /** A more precise end than that in the events, from its own files or its exit code; null for no code. */
  preciseEnd?: (end: TurnEnd, run: { sessionId: string; home: CliHome; code: number | null }) => TurnEnd
  /** The end that an exit without a final event proves; undefined if it proves none. */
  endOfExit: (code: number, stderr: string) => TurnEnd | undefined
  /** The arguments that open its own screen on a session. */
  screenArguments: (sessionId: string) => string[]
  /** Whether an agent with these options can run `work update`. Default: it can. */
  canReport?: (options: CliOptions) => boolean
  /** The login that it would use, found without a request; undefined if there is none. */
  loginOf: (options: CliOptions, home: CliHome) => string | undefined
  /** What a user does to log in. */
  loginHint: string
  /** Something that keeps an agent of it from working; undefined if nothing is known. */
  obstacle?: (options: CliOptions, home: CliHome) => { problem: string; hint: string } | undefined
}

/** Where a CLI keeps its state. */
export interface CliHome {
  env: Readonly<Record<string, string | undefined>>
  /** Working folder of the session, absolute. */
  cwd: string
}

/** Where the CLI of a session keeps its state. */
export function homeOf(session: SeenSession, env: CliHome['env']): CliHome {
  return { env, cwd: workingFolder(session) }
}

/** A session that is about to be started. */
export interface CliStart extends CliHome {
  sessionId: string
  /** Whether the CLI has the session already. */
  isKnown: boolean
  /** When its record begins, an ISO time: the same for each start of it. */
  begunAt: string
  /** The model's name; empty for the CLI's default. */
  model: string
  variant: string | undefined
  options: CliOptions
  /**
   * Folders outside of its working folder that it must be able to write to: those in which `work update` writes, where
   * the session works in a clone. Absolute; otherwise none.
   */
  records: string[]
  /** The only file that its agent may write, absolute; undefined for no limit beyond the permissions. */
  writes: string | undefined
  /** The common prefix of the session's files, absolute, for a file that the CLI is given. */
  base: string
}

/** The model of a session without its variant; empty for the CLI's default. */
export function modelOf({ model, variant }: Pick<SessionRecord, 'model' | 'variant'>): string {
  const end = variant === undefined ? '' : `:${variant}`
  return end !== '' && model.endsWith(end) ? model.slice(0, -end.length) : model
}

/** The id by which the CLI knows a session. */
export function idOf({ sessionId, runnerSessionId }: SessionRecord): string {
  return runnerSessionId ?? sessionId
}
