import { existsSync } from 'node:fs'
import { WorkError } from '../../../errors.ts'
import { keepApprovedText } from '../../../approval/approved-text.ts'
import { planHash } from '../../../approval/gate.ts'
import { findStream, type Approval } from '../../../store/index/index-file.ts'
import { now, readPlanText, refresh, type StreamContext } from '../../context.ts'
import { work } from '../../../text/hint.ts'
import type { OutputLine } from '../../output.ts'

/** The result of an approval, for the screen and for scripts. */
export interface ApprovalDecision {
  action: 'approved' | 'revoked' | 'unchanged'
  target: string
  words: OutputLine[]
  /** Of `words`, what changed, without the headline and the next command. */
  details?: OutputLine[]
}

/** Changes what index.json says of the approval of a workstream. */
export async function changeApproval(
  context: StreamContext,
  change: (approval: Approval) => void,
): Promise<void> {
  await context.index.commit((index) => {
    const entry = findStream(index, context.entry.id)
    entry.approval ??= { status: 'draft' }
    change(entry.approval)
    entry.updated_at = now().toISOString()
  })
  if (existsSync(context.stream.plan)) {
    await keepApprovedText(context.stream, refresh(context).entry.approval, readPlanText(context))
  }
}

/** The plan is approved as this text has it. */
export function approvePlanText(approval: Approval, text: string): void {
  Object.assign(approval, approved(), { plan_hash: planHash(text) })
  forgetRevocation(approval)
}

/** So many tasks are approved. */
export function approveTaskCount(approval: Approval, count: number): void {
  approval.tasks = { ...approval.tasks, ...approved(), task_count: count }
  forgetRevocation(approval.tasks)
}

/** The fields of an approval that is given now. */
export function approved() {
  return { status: 'approved', approved_at: now().toISOString(), approved_by: 'user' } as const
}

/** The fields of an approval that is taken back now. */
export function revocation(reason = 'by the user') {
  return { status: 'revoked', revoked_at: now().toISOString(), revoked_reason: reason } as const
}

/** Nothing is approved that could be taken back. */
export function notApproved(target: string): WorkError {
  return new WorkError(`The ${target} is not approved, so there is nothing to revoke.`, {
    code: 'not-approved',
    hint: work('approve'),
  })
}

function forgetRevocation(decision: {
  revoked_at?: string | undefined
  revoked_reason?: string | undefined
}): void {
  delete decision.revoked_at
  delete decision.revoked_reason
}
