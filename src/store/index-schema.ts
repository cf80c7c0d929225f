import * as z from 'zod/mini'
import { approvalStatuses } from '../../machines/statuses.ts'
import { compileGuard } from './guard.ts'
import { keeping } from './tasks-schema.ts'

/** What a person may say of a workstream. Only `on_hold` is more than what its tasks tell. */
const streamStatuses = ['pending', 'in_progress', 'completed', 'on_hold'] as const
export type StreamStatus = (typeof streamStatuses)[number]

const decision = {
  status: z.enum(approvalStatuses),
  approved_at: z.optional(z.string()),
  approved_by: z.optional(z.string()),
  revoked_at: z.optional(z.string()),
  revoked_reason: z.optional(z.string()),
}

/** A person's word on a stage. */
export const StageApproval = keeping({
  ...decision,
  commit_sha: z.optional(z.string()),
  /** What the stage was called: the approval is for it, whatever number it has later. */
  name: z.optional(z.string()),
})
export type StageApproval = z.infer<typeof StageApproval>

/** A person's word on the tasks. */
export const TasksApproval = keeping({ ...decision, task_count: z.optional(z.number()) })
export type TasksApproval = z.infer<typeof TasksApproval>

/** A person's word on a plan, and below it on its tasks and stages. No approval at all means `draft`. */
export const Approval = keeping({
  ...decision,
  /** SHA-256 of the PLAN.md that was approved, in hex. */
  plan_hash: z.optional(z.string()),
  /** The renumbering in tasks.json that `stages` follows already. */
  renumbered_at: z.optional(z.string()),
  /** By stage number without padding. */
  stages: z.optional(z.record(z.string(), StageApproval)),
  tasks: z.optional(TasksApproval),
})
export type Approval = z.infer<typeof Approval>

/** One workstream. */
export const StreamEntry = keeping({
  /** `NNN-name`, which is its folder below `work/`. */
  id: z.string(),
  name: z.string(),
  order: z.optional(z.number()),
  status: z.optional(z.enum(streamStatuses)),
  approval: z.optional(Approval),
  created_at: z.string(),
  updated_at: z.string(),
  path: z.optional(z.string()),
  /** Since when it is hidden from lists; ISO time. */
  archived_at: z.optional(z.string()),
})
export type StreamEntry = z.infer<typeof StreamEntry>

/** index.json: the workstreams, and which one commands mean when they are not told. */
export const WorkIndex = keeping({
  version: z.string(),
  last_updated: z.string(),
  current_stream: z.optional(z.string()),
  streams: z.array(StreamEntry),
})
export type WorkIndex = z.infer<typeof WorkIndex>

export const isWorkIndex = compileGuard(WorkIndex)
