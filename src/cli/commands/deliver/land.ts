import type { LandResult } from '../../../clones/land.ts'
import type { LandPlan } from '../../../clones/land-plan.ts'
import { landNow, previewLanding, type LandRequest } from '../../../engine/landing.ts'
import { isUnmerged } from '../../../engine/thread-sites.ts'
import { exitCodes, WorkError } from '../../../errors.ts'
import { inheritedEnvironment } from '../../../process/env.ts'
import { advice, hintOf, hintText, work } from '../../../text/hint.ts'
import { threadsOf } from '../../../threads/thread.ts'
import { confirm } from '../../../ui/prompt.ts'
import { now, openStream, requireHuman, type CommonOptions, type StreamContext } from '../../context.ts'
import { requirePerson } from '../../interactive.ts'
import { print, printJson, say } from '../../output.ts'
import { describeLandPlan, describeMerged, describeRefusals } from './land-words.ts'
import { isolationIn } from './require-isolation.ts'

export interface LandFlags extends CommonOptions {
  squash?: boolean
  into?: string
  dryRun?: boolean
  yes?: boolean
}

/**
 * `work land`: what is merged of a workstream gets into the branch that is checked out. Asks before. Gives the exit code: 1
 * if it is refused.
 */
export async function land(options: LandFlags): Promise<number> {
  const typed = work('land', ...(options.squash === true ? ['--squash'] : []))
  if (options.dryRun !== true) requireHuman('landing', typed)
  const context = openStream(options)
  const request = landRequest(context, options)
  if (options.dryRun === true) {
    const plan = await previewLanding(request)
    const type = plan.refusals.length > 0 ? 'refused' : plan.to === null ? 'nothing' : 'planned'
    return report(context, { type, plan, rescued: [] }, options)
  }
  if (options.yes !== true) {
    const question = `Land ${request.isolation.branch} in your branch?`
    requirePerson(options, question, [...typed, '--yes'])
    const answer = await askToLand(context, request)
    if (answer !== 'yes') return answer === 'no' ? exitCodes.unfinished : report(context, answer, options)
  }
  return report(context, await landNow(request), options)
}

/** What landing needs to know, of this workstream. Throws a `WorkError` (`not-isolated`). */
export function landRequest(
  context: StreamContext,
  { squash, into }: Pick<LandFlags, 'squash' | 'into'> = {},
): LandRequest {
  const { tasks, workspace } = context
  const env = inheritedEnvironment(process.env)
  return { root: workspace.root, tasks, isolation: isolationIn(context), squash, into, now, env }
}

/** Shows what would be landed, and asks. A result: there is nothing to ask about. */
async function askToLand(context: StreamContext, request: LandRequest): Promise<'yes' | 'no' | LandResult> {
  const { landing, branch } = request.isolation
  if (landing !== undefined) {
    const isAgreed = await confirm(`A landing of ${branch} was not completed. Complete it?`)
    return isAgreed ? 'yes' : sayUnchanged()
  }
  const plan = await previewLanding(request)
  if (plan.refusals.length > 0) return { type: 'refused', plan, rescued: [] }
  if (plan.to === null) return { type: 'nothing', plan, rescued: [] }
  print([...describeLandPlan(plan), ...describeMerged(countsOf(context)), ''])
  return (await confirm(`Land it in ${plan.branch ?? 'HEAD'}?`)) ? 'yes' : sayUnchanged()
}

function sayUnchanged(): 'no' {
  say('Nothing was changed.')
  return 'no'
}

/** How many threads are merged, and which are not. */
export function countsOf({ tasks }: Pick<StreamContext, 'tasks'>): { threads: number; unmerged: string[] } {
  const threads = threadsOf(tasks.read())
  const unmerged = threads.filter((thread) => thread.sessions.length === 0 || isUnmerged(thread))
  return { threads: threads.length, unmerged: unmerged.map(({ id }) => id) }
}

function report(context: StreamContext, result: LandResult, options: LandFlags): number {
  const { plan, type, rescued } = result
  const counts = countsOf(context)
  if (
    options.json === true &&
    (type === 'planned' || type === 'landed' || type === 'nothing' || options.dryRun)
  ) {
    printJson(landingAsJson(context, result))
    return type === 'refused' ? exitCodes.unfinished : 0
  }
  if (rescued.length > 0)
    say(`A landing before was killed. Files that it had left half-written are in ${rescued.join(', ')}.`)
  if (type === 'refused' && options.dryRun === true) {
    print([...describeLandPlan(plan), ...describeMerged(counts), '', ...describeRefusals(plan)])
    return exitCodes.unfinished
  }
  if (type === 'refused') throw refused(context, plan)
  if (type === 'failed') throw landFailed(plan, result.detail)
  print(describeResult(type, plan, counts))
  return 0
}

/** The result of a landing, for scripts. */
export function landingAsJson(context: StreamContext, { type, plan, rescued }: LandResult) {
  const { branch, refusals, ...rest } = plan
  const shown = refusals.map(({ hint, ...refusal }) => ({
    ...refusal,
    hint: hint === undefined ? null : hintText(hintOf(hint)),
  }))
  const { unmerged } = countsOf(context)
  return {
    action: 'land',
    stream: context.entry.id,
    result: type,
    into: branch,
    ...rest,
    refusals: shown,
    unmerged,
    rescued,
  }
}

function describeResult(
  type: 'nothing' | 'planned' | 'landed',
  plan: LandPlan,
  counts: ReturnType<typeof countsOf>,
) {
  const into = plan.branch ?? 'HEAD'
  if (type === 'nothing')
    return [`${into} has everything of ${plan.source} already.`, ...describeMerged(counts)]
  if (type === 'planned')
    return [...describeLandPlan(plan), ...describeMerged(counts), { next: work('land') }]
  return [
    ...describeLandPlan(plan),
    `Landed ${plan.source} in ${into}: ${plan.from.slice(0, 7)} → ${plan.to?.slice(0, 7) ?? ''}.`,
    ...describeMerged(counts),
  ]
}

/** The error for a landing that is refused: all reasons, and the first hint. */
export function refused({ entry }: Pick<StreamContext, 'entry'>, plan: LandPlan): WorkError {
  const [first] = plan.refusals
  const reasons = plan.refusals.map(({ message }) => message)
  return new WorkError([`${entry.id} was not landed, and nothing was changed:`, ...reasons].join('\n'), {
    code: first?.code ?? 'land-refused',
    hint: first?.hint ?? work('land', '--dry-run'),
    exitCode: exitCodes.unfinished,
    facts: { refusals: plan.refusals.map(({ code, message, files }) => ({ code, message, files })) },
  })
}

/** The error for a landing that git refused. */
export function landFailed({ source }: LandPlan, detail: string): WorkError {
  return new WorkError(`${source} was not landed, because git refused: ${detail}`, {
    code: 'land-failed',
    hint: advice`${work('land', '--dry-run')} shows what would be landed.`,
    exitCode: exitCodes.unfinished,
  })
}
