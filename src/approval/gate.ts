import { createHash } from 'node:crypto'
import { exitCodes, WorkError } from '../errors.ts'
import { formatMoment } from '../text/dates.ts'
import type { Approval, StreamEntry } from '../store/index/index-file.ts'
import { work } from '../text/hint.ts'

/** The hash of a plan's text that an approval is for: SHA-256 of its UTF-8 bytes, in hex. */
export function planHash(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex')
}

export type PlanApproval =
  | { state: 'draft' }
  | { state: 'revoked'; reason: string }
  | { state: 'approved'; at: string }
  /** PLAN.md is no longer the approved text. */
  | { state: 'changed'; at: string }

/** The state of a plan's approval for its current text. */
export function planApproval(approval: Approval | undefined, planText: string): PlanApproval {
  switch (approval?.status) {
    case 'approved': {
      const at = approval.approved_at ?? ''
      const isChanged = approval.plan_hash !== undefined && approval.plan_hash !== planHash(planText)
      return { state: isChanged ? 'changed' : 'approved', at }
    }
    case 'revoked':
      return { state: 'revoked', reason: approval.revoked_reason ?? 'no reason given' }
    case 'draft':
    case undefined:
      return { state: 'draft' }
  }
}

/**
 * The approval check of every command that runs something. Throws a `WorkError` (`plan-not-approved`, `plan-changed`,
 * `tasks-not-approved`) with the command that approves. A changed plan `hasNewThreads` if tasks.json lacks some of its
 * threads.
 */
export function requireApproval(stream: StreamEntry, planText: string, hasNewThreads: () => boolean): void {
  const plan = planApproval(stream.approval, planText)
  if (plan.state === 'changed') {
    throw closed(
      'plan-changed',
      `PLAN.md of ${stream.id} was changed after it was approved${onMoment(plan.at)}.`,
      hasNewThreads() ? 'revision' : 'plan',
    )
  }
  if (plan.state === 'revoked') {
    throw closed(
      'plan-not-approved',
      `The approval of ${stream.id}'s plan was revoked: ${plan.reason}.`,
      'plan',
    )
  }
  if (plan.state === 'draft')
    throw closed('plan-not-approved', `The plan of ${stream.id} is not approved.`, 'plan')
  const tasks = stream.approval?.tasks
  if (tasks?.status === 'approved') return
  const why = tasks?.status === 'revoked' ? ` any more: ${tasks.revoked_reason ?? 'no reason given'}` : ''
  throw closed('tasks-not-approved', `The tasks of ${stream.id} are not approved${why}.`, 'tasks')
}

/** The first stage before `stage` that is not approved; undefined if `stage` may start. */
export function closedGate(
  approval: Approval | undefined,
  stages: string[],
  stage: string,
): string | undefined {
  return stages.find((earlier) => Number(earlier) < Number(stage) && !isStageApproved(approval, earlier))
}

/** Whether the outcome of a stage (`01`) is approved. */
function isStageApproved(approval: Approval | undefined, stage: string): boolean {
  return approval?.stages?.[String(Number(stage))]?.status === 'approved'
}

/** ` on 2026-01-22 14:03`, to follow a verb; '' if the file has no time. */
export function onMoment(at: string): string {
  const moment = formatMoment(at)
  return moment === '' ? '' : ` on ${moment}`
}

function closed(code: string, message: string, target: string): WorkError {
  return new WorkError(message, { code, hint: work('approve', target), exitCode: exitCodes.unfinished })
}
