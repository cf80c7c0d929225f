import type { SessionRecord } from '../../../machines/session.ts'
import type { RunnerAgent } from '../agent.ts'
import type { SeenSession } from '../../process/membership.ts'
import type { RunnerChecks } from '../checks.ts'
import type { Evidence, Look } from '../evidence.ts'
import type { SessionOutput } from '../output.ts'
import type { NewIds, RestartPlace, RunnerFields, RunnerSession } from '../runner.ts'

/** What differs between runners whose sessions are programs under the recorder. */
export interface RecordedProgram {
  name: string
  fields: RunnerFields
  doneWhen: 'tasks' | 'exit'
  newIds: () => NewIds
  /** The format of the events that an agent's program writes, if that is recorded with each of its sessions. */
  eventsOf?: (agent: RunnerAgent) => string | undefined
  /** The program and its arguments; the prompt goes to its standard input. Undefined if the agent can't start so. */
  commandOf: (agent: RunnerAgent, mode: 'fresh' | 'resume') => string[] | undefined
  /** What a session is started with; it may write what the program must find. Default: `commandOf`, in its environment. */
  launch?: (session: RunnerSession) => Launched
  refusalToResume: (agent: RunnerAgent, session: SessionRecord, place: RestartPlace) => string | null
  /** Asks the program whether it still has a session. Default: it does. */
  askToResume?: (session: SeenSession, env: RestartPlace['env']) => Promise<string | null>
  /** What the output of an ended session proves together with how its program ended. Default: the latter. */
  readEnd?: (session: SeenSession, evidence: Evidence) => Evidence
  /** Its output for users. Default, also if undefined: the lines of the program. */
  openOutput?: (session: SeenSession) => SessionOutput | undefined
  /** Reads what a running session says. Default, also if undefined: its last line. */
  follow?: (session: SeenSession) => Followed | undefined
  /** Whether it may choose another id than it is given, and reports it in its first lines. */
  reportsId?: boolean
  /** Whether what it starts outside of its process group ends with it, however it ends. Default: only by force. */
  endsStrays?: boolean
  checks: () => Promise<RunnerChecks>
}

/** How a session is started. */
export interface Launched {
  command: [string, ...string[]]
  /** What runs if the command refuses before any output, with `when` in its error output. */
  instead?: { command: [string, ...string[]]; when: string } | undefined
  env: Record<string, string>
}

/** The output of a running session, read as it grows. */
export interface Followed {
  update: () => void
  reading: {
    /** For display, in one line or more. */
    line: string
    /** The program's own id of the session, once it has reported it. */
    sessionId: string | undefined
    /** Set once the program says that it has ended: its process is not needed any more. */
    end: unknown
  }
}

/** A look whose end is the one that the program's own output proves. */
export function withReadEnd(program: RecordedProgram, session: SeenSession, look: Look): Look {
  if (look.type !== 'ended' || program.readEnd === undefined) return look
  return { type: 'ended', evidence: program.readEnd(session, look.evidence) }
}
