import type { Check } from '../doctor/check.ts'
import type { Workspace } from '../paths.ts'
import type { Helpers, RunnerAgent } from './agent.ts'

/** What `work doctor` checks about a runner. Everything here changes nothing. */
export interface RunnerChecks {
  /**
   * Its program, if all its agents share one. `isNeeded`: an agent runs on it, so that a missing one is a problem.
   * Undefined if there is nothing to report.
   */
  program?: (
    tools: { env: Record<string, string>; helpers: Helpers },
    isNeeded: boolean,
  ) => Promise<Check | undefined>
  /** What it keeps in a repository, and what its agents need. */
  repository: (surroundings: CheckSurroundings) => Promise<RepositoryChecks>
  /** Marks the processes of a server that several sessions share. */
  serverMark?: (workspace: Workspace) => ServerMark
}

export interface CheckSurroundings {
  workspace: Workspace
  helpers: Helpers
  /** The environment of sessions. */
  env: Record<string, string>
  now: () => Date
  /** Whether an agent runs on it and its program works. */
  isUsed: boolean
}

/** An agent as its entry in agents.yaml describes it. */
interface CheckedAgent extends RunnerAgent {
  models: readonly { model: string }[]
  done_when: 'tasks' | 'exit'
}

export interface RepositoryChecks {
  /** Of a server that its sessions share. */
  server: Check[]
  /** Of files that it left behind. */
  leftovers: Check[]
  /** Of its models. */
  models: Check[]
  /** Of one of its agents. */
  agent: (agent: CheckedAgent) => Check
  /** What `work doctor --json` shows in addition. */
  facts?: Record<string, unknown>
}

/** How processes that belong to a shared server are known. */
export interface ServerMark {
  /** An environment variable that only processes of that server have. */
  variable: string
  /** Its value for the server that is running. */
  live: string | undefined
  /** What the server is called: `an opencode server of this repository`. */
  owner: string
}
