import { readAgents } from '../../../agents/agents-file.ts'
import { cleanClones } from '../../../engine/clean-clones.ts'
import { planClean } from '../../../engine/clean-plan.ts'
import { landNow } from '../../../engine/landing.ts'
import { isUnder } from '../../../ids.ts'
import { advice, work } from '../../../text/hint.ts'
import { counted } from '../../../text/plural.ts'
import { notLanded } from '../../../threads/clone-view.ts'
import { threadsOf } from '../../../threads/thread.ts'
import type { StreamContext } from '../../context.ts'
import type { OutputLine } from '../../output.ts'
import { requestOf } from '../deliver/clean.ts'
import { landFailed, landRequest, refused } from '../deliver/land.ts'

/**
 * With `land: stage` in agents.yaml, lands what is merged before a stage is approved; otherwise names what is not landed.
 * Throws a `WorkError` if landing is refused: then the stage is not approved.
 */
export async function landBefore(context: StreamContext): Promise<OutputLine[]> {
  const { isolation, ...file } = context.tasks.read()
  if (isolation?.mode !== 'clone') return []
  const waiting = notLanded(threadsOf({ ...file, isolation }), isolation)
  if (waiting.length === 0) return []
  const { clones } = await readAgents(context.workspace.agents)
  if (clones.land === 'ask') {
    const many = counted(waiting.length, 'thread')
    return [advice`The work of ${many} is in ${isolation.branch}, not in your branch: ${work('land')}`]
  }
  const result = await landNow(landRequest(context))
  if (result.type === 'refused') throw refused(context, result.plan)
  if (result.type === 'failed') throw landFailed(result.plan, result.detail)
  return [`${isolation.branch} is landed in ${result.plan.branch ?? 'HEAD'}.`]
}

/** Removes the clones of an approved stage that nobody needs any more. */
export async function cleanStage(context: StreamContext, stage: string): Promise<string[]> {
  const file = context.tasks.read()
  if (file.isolation?.mode !== 'clone') return []
  const clones = (await planClean(file, context.stream)).filter(
    ({ thread }) => thread !== null && isUnder(thread, stage),
  )
  const cleaned = await cleanClones(clones, requestOf(context))
  const removed = cleaned.filter(({ action }) => action === 'removed')
  return removed.length === 0 ? [] : [`${counted(removed.length, 'clone')} of it removed.`]
}
