import type { SessionRecord, Usage } from '../../../machines/session.ts'
import type { RunnerAgent } from '../agent.ts'
import type { RunnerChecks } from '../checks.ts'
import type { NewIds, RunnerFields, RunnerSession } from '../runner.ts'

/** What differs between runners whose sessions are programs under the recorder. */
export interface RecordedProgram {
  name: string
  fields: RunnerFields
  doneWhen: 'tasks' | 'exit'
  newIds: () => NewIds
  /** The program and its arguments; the prompt goes to its standard input. Undefined if the agent can't start so. */
  commandOf: (agent: RunnerAgent, mode: 'fresh' | 'resume') => string[] | undefined
  refusalToResume: (agent: RunnerAgent, session: SessionRecord) => string | null
  /** Asks the program whether it still has a session. Default: it does. */
  askToResume?: (session: SessionRecord) => Promise<string | null>
  /** What a running session has used so far. Default: unknown. */
  usage?: (session: RunnerSession) => Usage | undefined
  checks: () => Promise<RunnerChecks>
}
