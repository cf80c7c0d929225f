import * as z from 'zod/mini'
import { approvalStatuses } from '../../../machines/statuses.ts'
import { compileGuard } from '../json/guard.ts'
import { keeping } from '../tasks/schema.ts'

/** The statuses that a user may set. Only `on_hold` adds to what its tasks show. */
const streamStatuses = ['pending', 'in_progress', 'completed', 'on_hold'] as const

const decision = {
  status: z.enum(approvalStatuses),
  approved_at: z.optional(z.string()),
  approved_by: z.optional(z.string()),
  revoked_at: z.optional(z.string()),
  revoked_reason: z.optional(z.string()),
}

/** Approval of a stage. */
export const StageApproval = keeping({
  ...decision,
  commit_sha: z.optional(z.string()),
  /** The name of the stage: the approval belongs to this stage, whatever number it gets later. */
  name: z.optional(z.string()),
})
export type StageApproval = z.infer<typeof StageApproval>

/** Approval of the tasks. */
export const TasksApproval = keeping({ ...decision, task_count: z.optional(z.number()) })
export type TasksApproval = z.infer<typeof TasksApproval>

/** Approval of a plan, and in it those of its tasks and stages. No approval means `draft`. */
export const Approval = keeping({
  ...decision,
  /** SHA-256 of the approved PLAN.md, in hex. */
  plan_hash: z.optional(z.string()),
  /** The renumbering in tasks.json that is already applied to `stages`. */
  renumbered_at: z.optional(z.string()),
  /** By stage number without padding. */
  stages: z.optional(z.record(z.string(), StageApproval)),
  tasks: z.optional(TasksApproval),
})
export type Approval = z.infer<typeof Approval>

/** The session in which an earlier version planned a workstream. */
export const PlanningSession = keeping({ sessionId: z.string(), createdAt: z.string() })

/** One workstream. */
export const StreamEntry = keeping({
  /** `NNN-name`, also the name of its folder in `work/`. */
  id: z.string(),
  name: z.string(),
  order: z.optional(z.number()),
  status: z.optional(z.enum(streamStatuses)),
  approval: z.optional(Approval),
  created_at: z.string(),
  updated_at: z.string(),
  path: z.optional(z.string()),
  /** Read only: the planning of a workstream has a file of its own. */
  planningSession: z.optional(PlanningSession),
  /** When it was hidden from lists; ISO time. */
  archived_at: z.optional(z.string()),
})
export type StreamEntry = z.infer<typeof StreamEntry>

/** index.json: the workstreams, and the current one. */
export const WorkIndex = keeping({
  version: z.string(),
  last_updated: z.string(),
  current_stream: z.optional(z.string()),
  streams: z.array(StreamEntry),
})
export type WorkIndex = z.infer<typeof WorkIndex>

export const isWorkIndex = compileGuard(WorkIndex)
