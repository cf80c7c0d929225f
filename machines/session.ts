import type { SessionStatus } from './statuses.ts'

/** The system within which a process id identifies a process. */
export interface SystemIdentity {
  host: string
  bootId: string
  /** `pid:[4026531836]`, which differs in a container; absent if the system has none, and in older records. */
  pidNamespace?: string | undefined
}

/**
 * Identifies a process. A pid alone may be reused; together with its start time on one boot of one host it is unique.
 */
export interface ProcessIdentity extends SystemIdentity {
  pid: number
  /** Start time as reported by the system: field 22 of `/proc/<pid>/stat`, elsewhere the output of `ps -o lstart=`. */
  startTicks: string
}

/** The checkout and system in which a session was started. It is only supervised, stopped or resumed there. */
export interface SessionOrigin extends SystemIdentity {
  /** Root folder of the checkout, absolute; also `WORK_ROOT` in the environment of the session's processes. */
  root: string
  /** Device and inode of that folder, `2049:131073`: unchanged by a move, different for a copy. */
  folder: string
}

/** The usage of a session, if the runner reports it. A missing number is unknown, not 0. */
export interface Usage {
  inputTokens?: number | undefined
  outputTokens?: number | undefined
  /** In US dollars. */
  cost?: number | undefined
}

/** The usage of several sessions together. */
export interface TotalUsage extends Usage {
  /** Some sessions used tokens at a cost that is unknown, so that the cost is a lower limit. */
  isCostPartial?: true
}

/** Where a session works, decided when its run is planned. */
export interface Place {
  /** Working folder, relative to the repository root (`.` is the root). */
  cwd: string
  /** The git branch of that folder, if it is a checkout of its own. */
  branch?: string | undefined
}

/** The state of a thread's clone when a session began in it. Full ids of commits. */
export interface CloneStart {
  /** The tip of the workstream's branch at which the thread's branch begins: its changes are counted from here. */
  base: string
  /** HEAD of the clone. */
  start: string
}

/** One run of one agent on one thread. Files of version 1 have only the first six fields and the exit code. */
export interface SessionRecord {
  /** The runner's own session id. */
  sessionId: string
  /**
   * Its program's own id, if that is not `sessionId`: the program chose it, or the file is from version 1, which
   * invented its `sessionId`.
   */
  runnerSessionId?: string | undefined
  agentName: string
  /** `provider/model`, or `provider/model:variant`; empty for an agent that has none. */
  model: string
  /** The model variant; also the end of `model`. */
  variant?: string | undefined
  /** ISO 8601 time. */
  startedAt: string
  completedAt?: string | undefined
  status: SessionStatus
  exitCode?: number | undefined
  /** Number of the attempt; 1 for the thread's first session. */
  attempt?: number | undefined
  /** The runner of its agent: `opencode`, `command`, or one that only another version knows. */
  runner?: string | undefined
  mode?: 'fresh' | 'resume' | undefined
  /** The id of the prompt, if the runner has one: it makes prompting idempotent. */
  messageId?: string | undefined
  /** The address of its server, if that is not the repository's own. */
  server?: string | undefined
  /** In the environment of each process of the session: finds them, and makes starting idempotent. */
  token?: string | undefined
  signal?: string | undefined
  /** Why it ended; one of `reasons`, or a reason of a later version. */
  reason?: string | undefined
  /** The last relevant lines of output. */
  detail?: string | undefined
  /** ISO time before which a retry is pointless, if the provider gave one. */
  retryAt?: string | undefined
  process?: ProcessIdentity | undefined
  /** Where it was started. Absent in older records. */
  origin?: SessionOrigin | undefined
  usage?: Usage | undefined
  /** For programs that count their whole session: what it had used before this attempt. */
  usedBefore?: Usage | undefined
  /** What decides the outcome: the tasks that the agent reports, or its exit code. From agents.yaml at its start. */
  doneWhen?: 'tasks' | 'exit' | undefined
  /** The format of the events that its program writes: the name of an agent CLI. From agents.yaml at its start. */
  events?: string | undefined
  /** Time limit in milliseconds of supervised time; absent for no limit. From agents.yaml at its start. */
  timeout?: number | undefined
  /** The user's note for this attempt. */
  note?: string | undefined
  /** Working folder, relative to the repository root; absent for the root. See `Place`. */
  cwd?: string | undefined
  /** The git branch of its working folder, if that is a checkout of its own. */
  branch?: string | undefined
  /** For a session in a clone of its own: recorded when that is prepared. */
  clone?: CloneStart | undefined
  /** The clone starts over from the newest tip; what was in it is kept below `refs/work`. */
  startsOver?: boolean | undefined
  /**
   * What completes its thread after it has completed: `merge` into the workstream's branch, or that the `verify`
   * commands of agents.yaml succeed. Absent: nothing more.
   */
  deliver?: 'merge' | 'verify' | undefined
  /** Path of its log files without extension, relative to the repository root. */
  log?: string | undefined
}

/** A session that is planned but not opened: without times and status. */
export type PlannedSession = Omit<SessionRecord, 'startedAt' | 'completedAt' | 'status'>

/** How a new session comes about: the first one, or one after another that did not complete. */
export interface Launch {
  session: PlannedSession
  /** The same attempt with the agent's other models, used if the provider refuses this one. */
  fallbacks: PlannedSession[]
  /** ISO time. */
  at: string
}
