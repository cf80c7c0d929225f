import { exitCodes, WorkError } from '../../../errors.ts'
import { isDone, stagesOf, threadsOf } from '../../../threads/thread.ts'
import { isPending } from '../../../approval/changes/stage-moves.ts'
import { isUnder } from '../../../ids.ts'
import { approved, changeApproval, notApproved, revocation, type ApprovalDecision } from './decision.ts'
import { cleanStage, landBefore } from './land-stage.ts'
import type { StreamContext } from '../../context.ts'
import { readIdAmong } from '../../ids.ts'
import { advice, work } from '../../../text/hint.ts'

export interface StageOptions {
  revoke?: boolean
  reason?: string
  force?: boolean
}

/** Approves a stage, or revokes its approval. */
export async function decideStage(
  context: StreamContext,
  number: string | undefined,
  options: StageOptions,
): Promise<ApprovalDecision> {
  if (number === undefined)
    throw new WorkError('Specify a stage.', { code: 'usage', hint: work('approve', 'stage', '1') })
  const stage = readIdAmong(number, 'stage', () => context.tasks.read().tasks)
  requireApplied(context)
  const threads = threadsOf(context.tasks.read())
  const stages = stagesOf(threads)
  if (!stages.includes(stage)) {
    throw new WorkError(
      `There is no stage ${stage} in tasks.json. There are: ${stages.join(', ') || 'none'}.`,
      {
        code: 'stage-not-found',
        hint: work('tree'),
      },
    )
  }
  const target = `stage ${Number(stage)}`
  const key = String(Number(stage))
  if (options.revoke === true) {
    await changeApproval(context, (approval) => {
      const decision = approval.stages?.[key]
      if (decision?.status !== 'approved') throw notApproved(target)
      Object.assign(decision, revocation(options.reason))
    })
    return { action: 'revoked', target, words: [`Approval of ${target} revoked.`] }
  }
  const unfinished = threads.filter((thread) => isUnder(thread.id, stage) && !isDone(thread))
  if (unfinished.length > 0 && options.force !== true) {
    throw new WorkError(`Stage ${stage} is not done: ${unfinished.map((thread) => thread.id).join(', ')}.`, {
      code: 'stage-unfinished',
      hint: advice`${work('run')}, or --force to approve it anyway`,
      exitCode: exitCodes.unfinished,
    })
  }
  const landed = await landBefore(context)
  const name = threads.find((thread) => isUnder(thread.id, stage))?.stage
  await changeApproval(context, (approval) => {
    const decision = { ...approval.stages?.[key], ...approved(), ...(name === undefined ? {} : { name }) }
    approval.stages = { ...approval.stages, [key]: decision }
  })
  const cleaned = await cleanStage(context, stage)
  const words = [...landed, `Stage ${stage} approved.`, ...cleaned, { next: work('run') }]
  return { action: 'approved', target, words }
}

/** A number may mean another stage until the approvals follow a renumbering that was cut off. */
function requireApplied({ tasks, entry }: StreamContext): void {
  if (!isPending(tasks.read(), entry.approval?.renumbered_at)) return
  throw new WorkError(
    'Threads were renumbered, and the approvals of their stages were not moved with them yet.',
    {
      code: 'plan-differs',
      hint: work('approve', 'plan'),
      exitCode: exitCodes.unfinished,
    },
  )
}
