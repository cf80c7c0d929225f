import { counted } from '../../../text/plural.ts'
import { exitCodes, WorkError } from '../../../errors.ts'
import { planApproval } from '../../../approval/gate.ts'
import { writePrompts } from '../../../prompts/prompt.ts'
import { moveStageApprovals } from '../../../approval/changes/stage-moves.ts'
import { newThreadIds } from '../../../threads/sync-tasks.ts'
import { threadsOf } from '../../../threads/thread.ts'
import {
  approveTaskCount,
  changeApproval,
  notApproved,
  revocation,
  type ApprovalDecision,
} from './decision.ts'
import type { ApproveOptions } from './options.ts'
import { readPlanText, type StreamContext } from '../../context.ts'
import { settlePlan } from './plan-differences.ts'
import { describeMerge, requirePlan, takeTasks } from '../plan/tasks.ts'
import { work } from '../../../text/hint.ts'

/** Approves the tasks: TASKS.md is imported into tasks.json, and the prompts are written. */
export async function approveTasks(
  context: StreamContext,
  options: ApproveOptions,
): Promise<ApprovalDecision> {
  const { stream, tasks } = context
  const text = readPlanText(context)
  if (planApproval(context.entry.approval, text).state !== 'approved') {
    throw new WorkError(
      `The plan of ${context.entry.id} is not approved as it is now. Approve it before its tasks.`,
      {
        code: 'plan-not-approved',
        hint: work('approve', 'plan'),
        exitCode: exitCodes.unfinished,
      },
    )
  }
  const plan = requirePlan(context)
  const changes = await settlePlan(context, plan, text, { ...options, target: 'tasks' })
  const merged = await takeTasks(context, plan)
  const threads = threadsOf(tasks.read())
  const prompts = writePrompts(stream, plan, threads)
  await changeApproval(context, (approval) => {
    moveStageApprovals(approval, tasks.read())
    approveTaskCount(approval, tasks.read().tasks.length)
  })
  const idle = newThreadIds(tasks.read(), plan)
  const details = [
    ...changes,
    ...(idle.length > 0 ? [`No tasks, so nothing will run: ${idle.join(', ')}.`] : []),
  ]
  return {
    action: 'approved',
    target: 'tasks',
    words: [
      `Tasks approved. ${describeMerge(merged)} ${counted(prompts.length, 'prompt')} written.`,
      ...details,
      { next: work('run') },
    ],
    details,
  }
}

/** Takes the approval of the tasks back. */
export async function revokeTasks(
  context: StreamContext,
  reason: string | undefined,
): Promise<ApprovalDecision> {
  await changeApproval(context, (approval) => {
    if (approval.tasks?.status !== 'approved') throw notApproved('tasks')
    Object.assign(approval.tasks, revocation(reason))
  })
  return {
    action: 'revoked',
    target: 'tasks',
    words: ['Approval of the tasks revoked: nothing runs until they are approved again.'],
  }
}
