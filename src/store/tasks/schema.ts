import * as z from 'zod/mini'
import { sessionStatuses, taskStatuses, type RecordedReason } from '../../../machines/statuses.ts'
import { compileGuard } from '../json/guard.ts'

/**
 * An object that may have more fields than its own: they are kept, so that an older `work` does not lose what a newer
 * one or a user wrote. The type names only the known fields.
 */
export function keeping<Shape extends z.core.$ZodLooseShape>(shape: Shape): z.ZodMiniObject<Shape> {
  return z.looseObject(shape)
}

const system = { host: z.string(), bootId: z.string(), pidNamespace: z.optional(z.string()) }

/** Why a session did not complete. Any text is one: a later version may know more reasons. */
export const StoredReason = z.custom<RecordedReason>((value) => typeof value === 'string', 'a reason')

const StoredUsage = keeping({
  inputTokens: z.optional(z.number()),
  outputTokens: z.optional(z.number()),
  cost: z.optional(z.number()),
})

/** A `SessionRecord` of the machines, as it is stored. A test compares their types, so that neither has a field alone. */
export const StoredSession = keeping({
  sessionId: z.string(),
  agentName: z.string(),
  model: z.string(),
  startedAt: z.string(),
  completedAt: z.optional(z.string()),
  status: z.enum(sessionStatuses),
  exitCode: z.optional(z.number()),
  attempt: z.optional(z.number()),
  runner: z.optional(z.string()),
  mode: z.optional(z.enum(['fresh', 'resume'])),
  token: z.optional(z.string()),
  messageId: z.optional(z.string()),
  server: z.optional(z.string()),
  variant: z.optional(z.string()),
  doneWhen: z.optional(z.enum(['tasks', 'exit'])),
  timeout: z.optional(z.number()),
  note: z.optional(z.string()),
  retryAt: z.optional(z.string()),
  signal: z.optional(z.string()),
  reason: z.optional(z.string()),
  detail: z.optional(z.string()),
  process: z.optional(keeping({ pid: z.number(), startTicks: z.string(), ...system })),
  origin: z.optional(keeping({ root: z.string(), folder: z.string(), ...system })),
  usage: z.optional(StoredUsage),
  usedBefore: z.optional(StoredUsage),
  events: z.optional(z.string()),
  cwd: z.optional(z.string()),
  branch: z.optional(z.string()),
  clone: z.optional(keeping({ base: z.string(), start: z.string() })),
  startsOver: z.optional(z.boolean()),
  deliver: z.optional(z.enum(['merge', 'verify'])),
  log: z.optional(z.string()),
  /** Its program's own id, if that is not `sessionId`; also in files of version 1, which invented theirs. */
  runnerSessionId: z.optional(z.string()),
})
export const isSessionRecord = compileGuard(StoredSession)

/** A `Delivery` of the machines, as it is stored in a thread's snapshot. */
export const StoredDelivery = keeping({
  head: z.optional(z.string()),
  outside: z.optional(z.array(z.string())),
  notes: z.optional(z.array(z.string())),
  onto: z.optional(z.string()),
  candidate: z.optional(z.string()),
  verified: z.optional(keeping({ code: z.nullable(z.number()), at: z.string(), log: z.string() })),
  merged: z.optional(z.string()),
  conflict: z.optional(
    keeping({
      onto: z.string(),
      files: z.array(keeping({ path: z.string(), kind: z.string(), with: z.array(z.string()) })),
    }),
  ),
  stopped: z.optional(
    keeping({
      status: z.enum(['failed', 'interrupted']),
      reason: StoredReason,
      detail: z.optional(z.string()),
    }),
  ),
})
export const isStoredDelivery = compileGuard(StoredDelivery)

/** One task of the plan and its result. */
export const Task = keeping({
  /** `SS.BB.TT.NN`, padded. */
  id: z.string(),
  name: z.string(),
  stage_name: z.string(),
  batch_name: z.string(),
  thread_name: z.string(),
  status: z.enum(taskStatuses),
  created_at: z.string(),
  updated_at: z.string(),
  assigned_agent: z.optional(z.string()),
  breadcrumb: z.optional(z.string()),
  report: z.optional(z.string()),
  /** The sessions of the task's thread, oldest first. Only on the thread's first task. */
  sessions: z.optional(z.array(StoredSession)),
  /** The running session: kept next to `sessions`, and removed when it ends. */
  currentSessionId: z.optional(z.string()),
  /** Invalid entries of `sessions`, for the user to repair and put back. */
  damaged_sessions: z.optional(z.array(z.unknown())),
  /** From files of version 1: other data about the thread in threads.json. */
  thread_v1: z.optional(z.record(z.string(), z.unknown())),
})
export type Task = z.infer<typeof Task>

/** The saved state machine of a thread. The snapshot is validated when it is restored. */
export const ThreadEnvelope = keeping({
  machine: z.string(),
  version: z.number(),
  savedAt: z.string(),
  snapshot: z.unknown(),
})
export type ThreadEnvelope = z.infer<typeof ThreadEnvelope>
export const isThreadEnvelope = compileGuard(ThreadEnvelope)

/** A thread of the approved plan. */
export const PlannedThreadRecord = keeping({
  name: z.string(),
  line: z.number(),
  /** Absent if they equal the names of the thread's tasks. */
  steps: z.optional(z.array(z.string())),
})

/** The start of a stage, recorded just before its first thread starts. */
export const StageRecord = keeping({
  started_at: z.string(),
  /** The commit of the working tree; absent without git or without a commit. */
  commit: z.optional(z.string()),
  /** Tracked files had uncommitted changes. */
  dirty: z.optional(z.boolean()),
})
export type StageRecord = z.infer<typeof StageRecord>

/** When threads were last renumbered, and the new number of each stage; empty for a removed stage. */
export const Renumbering = keeping({ at: z.string(), stages: z.record(z.string(), z.string()) })

/** A landing that has begun: what a later one needs to complete it if it was killed. Full ids of commits. */
export const LandingRecord = keeping({
  /** The tip of the workstream's branch. */
  tip: z.string(),
  /** The user's branch; null for a detached HEAD. */
  into: z.nullable(z.string()),
  /** Where that branch was, and where it gets. */
  from: z.string(),
  to: z.string(),
  kind: z.enum(['fast-forward', 'merge', 'squash']),
  /** ISO time. */
  at: z.string(),
})
export type LandingRecord = z.infer<typeof LandingRecord>

/** The last landing of a workstream in a branch of the user's. */
export const LandedRecord = keeping({
  /** The commit that the user's branch got. */
  commit: z.string(),
  /** The tip of the workstream's branch that is in it. */
  tip: z.string(),
  into: z.nullable(z.string()),
  /** ISO time. */
  at: z.string(),
})
export type LandedRecord = z.infer<typeof LandedRecord>

/** How the threads of a workstream are isolated: fixed when its first thread starts. */
export const IsolationRecord = keeping({
  mode: z.enum(['clone', 'none']),
  /** The branch into which threads are merged. */
  branch: z.string(),
  /** The branch that was checked out; null for a detached HEAD. */
  from: z.nullable(z.string()),
  /** The commit from which the branch begins. */
  base: z.string(),
  /** ISO time. */
  at: z.string(),
  /** There is one while the branch is being landed, and after that was killed. */
  landing: z.optional(LandingRecord),
  landed: z.optional(LandedRecord),
})
export type IsolationRecord = z.infer<typeof IsolationRecord>

/** The plan that the tasks were last compared with, to detect later edits thread by thread. */
export const PlanRecord = keeping({
  hash: z.string(),
  threads: z.record(z.string(), PlannedThreadRecord),
  /** Threads that the user keeps although they are no longer in the plan. */
  kept: z.optional(z.array(z.string())),
  /** The last renumbering, which the approvals in index.json must follow. */
  renumbered: z.optional(Renumbering),
})
export type PlanRecord = z.infer<typeof PlanRecord>

/** A thread that is no longer part of the plan, with everything recorded about it. */
export const DroppedThread = keeping({
  id: z.string(),
  name: z.string(),
  dropped_at: z.string(),
  tasks: z.array(Task),
  /** Its saved state machine. */
  chart: z.optional(z.unknown()),
})
export type DroppedThread = z.infer<typeof DroppedThread>

/** Something that the planning of a workstream was asked for. */
export const PlanningRequest = keeping({
  kind: z.enum(['goal', 'revise', 'repair', 'edit']),
  /** ISO time. */
  at: z.string(),
  /** The words of the user. */
  text: z.optional(z.string()),
  /** For `repair`: the problems that were reported to the session. */
  problems: z.optional(z.array(z.string())),
  /** How many sessions there had been before. */
  sessions: z.number(),
  /** SHA-256 of the draft before it, in hex; absent if there was none. */
  draft: z.optional(z.string()),
})
export type PlanningRequest = z.infer<typeof PlanningRequest>

/** A version of PLAN.md that is kept. */
export const PlanVersion = keeping({
  /** From 1; its file is `versions/<number>.md`. */
  number: z.number(),
  /** ISO time. */
  at: z.string(),
  /** SHA-256 of the text, in hex. */
  hash: z.string(),
  /** Whose words it is made of: a template, the planning agent's, or the user's. */
  by: z.enum(['template', 'agent', 'user']),
})
export type PlanVersion = z.infer<typeof PlanVersion>

/** How a workstream's plan comes about. */
export const PlanningRecord = keeping({
  /** Oldest first. */
  requests: z.array(PlanningRequest),
  /** Oldest first. */
  versions: z.array(PlanVersion),
  /** The agent that plans. */
  agent: z.optional(z.string()),
  /** The template that it fills in, by its name or path. */
  template: z.optional(z.string()),
  /** SHA-256 of the PLAN.md that the draft began from, in hex. */
  base: z.optional(z.string()),
  /** The PLAN.md that the draft began from was a template that nobody had filled in. */
  from_template: z.optional(z.boolean()),
  /** What was changed in the working tree before the agent began, by path. */
  tree: z.optional(z.record(z.string(), z.string())),
  /** What had changed outside of the workstream when its sessions ended. */
  elsewhere: z.optional(z.array(z.string())),
  /** ISO time at which the last draft became the plan. */
  settled_at: z.optional(z.string()),
})
export type PlanningRecord = z.infer<typeof PlanningRecord>

/** tasks.json of version 2. */
export const TasksFile = keeping({
  version: z.string(),
  stream_id: z.string(),
  last_updated: z.string(),
  tasks: z.array(Task),
  /** By thread id, `SS.BB.TT`. */
  threads: z.record(z.string(), ThreadEnvelope),
  plan: z.optional(PlanRecord),
  /** By stage id, `SS`. */
  stages: z.optional(z.record(z.string(), StageRecord)),
  isolation: z.optional(IsolationRecord),
  /** Threads that were replaced in or removed from the plan, oldest first. */
  dropped_threads: z.optional(z.array(DroppedThread)),
  /** Only in the state.json of a workstream's planning. */
  planning: z.optional(PlanningRecord),
  /** From files of version 1: why threads.json could not be read. It is imported once it can be read. */
  threads_v1_unread: z.optional(z.string()),
})
export type TasksFile = z.infer<typeof TasksFile>

export const isTasksFile = compileGuard(TasksFile)
