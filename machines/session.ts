import type { SessionStatus } from './statuses.ts'

/** Where a process id means one process. */
export interface SystemIdentity {
  host: string
  bootId: string
  /** `pid:[4026531836]`, which differs in a container; absent where the system has none, and in older records. */
  pidNamespace?: string | undefined
}

/** Who a process is. A pid alone is reused; with its start time on one boot of one host it is not. */
export interface ProcessIdentity extends SystemIdentity {
  pid: number
  /** Start time as the system tells it: field 22 of `/proc/<pid>/stat`, elsewhere what `ps -o lstart=` prints. */
  startTicks: string
}

/** The checkout and the system that a session was started in: only there it is watched, ended or resumed. */
export interface SessionOrigin extends SystemIdentity {
  /** Root folder of the checkout, absolute; also `WORK_ROOT` in the environment of the session's processes. */
  root: string
  /** Device and inode of that folder, `2049:131073`: the same after it was moved, another one for a copy. */
  folder: string
}

/** What a session used, where the runner tells. A missing number is unknown, not 0. */
export interface Usage {
  inputTokens?: number | undefined
  outputTokens?: number | undefined
  /** In US dollars. */
  cost?: number | undefined
}

/** One run of one agent on one thread. Files of version 1 have only the first six fields and the exit code. */
export interface SessionRecord {
  /** The runner's own id. */
  sessionId: string
  /** From files of version 1, whose `sessionId` was made up: the id that the runner itself knows the session by. */
  runnerSessionId?: string | undefined
  agentName: string
  /** `provider/model`, or `provider/model:variant`; empty for an agent that has none. */
  model: string
  /** The variant of the model, which `model` ends in. */
  variant?: string | undefined
  /** ISO 8601 time. */
  startedAt: string
  completedAt?: string | undefined
  status: SessionStatus
  exitCode?: number | undefined
  /** 1 for the thread's first session. */
  attempt?: number | undefined
  /** The program that the agent ran on: `opencode`, `command`. */
  runner?: string | undefined
  mode?: 'fresh' | 'resume' | undefined
  /** The id of the prompt, where the runner's prompts have one: it makes prompting idempotent. */
  messageId?: string | undefined
  /** The address of the server that it runs on, where that is not the repository's own. */
  server?: string | undefined
  /** In the environment of each process of the session: finds them, and makes starting idempotent. */
  token?: string | undefined
  signal?: string | undefined
  /** Why it ended; one of `reasons`, or a word of a later version. */
  reason?: string | undefined
  /** The last lines worth showing. */
  detail?: string | undefined
  /** ISO time before which a retry is pointless, where the provider told. */
  retryAt?: string | undefined
  process?: ProcessIdentity | undefined
  /** Where it was started. Absent in older records. */
  origin?: SessionOrigin | undefined
  usage?: Usage | undefined
  /** Whose word settles it: the tasks that the agent reports, or its exit code. As agents.yaml said when it started. */
  doneWhen?: 'tasks' | 'exit' | undefined
  /** How long it may take, in milliseconds of watched time; absent for as long as it takes. As agents.yaml said when it started. */
  timeout?: number | undefined
  /** What a person wanted this attempt to know. */
  note?: string | undefined
  /** Working folder, relative to the repository root (`.` is the root). */
  cwd?: string | undefined
  /** Path without ending of its log files, relative to the repository root. */
  log?: string | undefined
}

/** A session that is decided on but not yet opened: everything but when, and how it goes. */
export type PlannedSession = Omit<SessionRecord, 'startedAt' | 'completedAt' | 'status'>

/** How a new session comes about: the first one, or one after another that did not complete. */
export interface Launch {
  /** The session to open. */
  session: PlannedSession
  /** The same attempt with the agent's further models, for when the provider refuses this one. */
  fallbacks: PlannedSession[]
  /** ISO time. */
  at: string
}
