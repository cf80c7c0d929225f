import { onMoment, planApproval } from '../../../approval/gate.ts'
import { counted } from '../../../text/plural.ts'
import { exitCodes, WorkError } from '../../../errors.ts'
import { confirm } from '../../../ui/prompt.ts'
import type { ApprovalDecision } from './decision.ts'
import { approvePlanAndTasks, describeOutline, isAllApproved } from './all.ts'
import { approvePlan, approveRevision, revokePlan } from './plan.ts'
import { decideStage } from './stage.ts'
import { approveTasks, revokeTasks } from './tasks.ts'
import { isAgent, openStream, readPlanText, requireHuman, type StreamContext } from '../../context.ts'
import { canAsk } from '../../interactive.ts'
import { print, printJson } from '../../output.ts'
import type { ApproveOptions } from './options.ts'
import { describePlanDiff } from './plan-diff.ts'
import { hasAnswers } from './plan-answers.ts'
import { advice, work } from '../../../text/hint.ts'

/**
 * `work approve`: approves the plan, its tasks, a stage or a revision. Without a target it shows what waits for approval,
 * and on a terminal asks once for plan and tasks together.
 */
export async function approve(
  target: string | undefined,
  number: string | undefined,
  options: ApproveOptions,
): Promise<void> {
  if (target === undefined) {
    requireNoDecision(options)
    return approveWaiting(openStream(options), options)
  }
  requireHuman('approval', work('approve', target, ...(number === undefined ? [] : [number])))
  const context = openStream(options)
  const { action, target: what, words } = await decide(context, target, number, options)
  if (options.json === true) printJson({ action, target: what, stream: context.entry.id })
  else print(words)
}

/** Without a target and without `--yes` there may be nobody to ask, so a flag that decides something would do nothing. */
function requireNoDecision(options: ApproveOptions): void {
  const { revoke, reason, force, yes } = options
  const decides = yes === true || canAsk(options) ? { revoke, reason } : { revoke, reason, force }
  const flags = Object.entries(decides).flatMap(([flag, value]) => (value === undefined ? [] : [`--${flag}`]))
  if (flags.length === 0) return
  throw new WorkError(
    `${flags.join(' and ')} without a target: specify plan, tasks, stage <n> or revision.`,
    {
      code: 'usage',
      hint: work('approve', 'plan', ...(reason === undefined ? flags : ['--revoke', '--reason', '…'])),
    },
  )
}

/** Approves plan and tasks together, as `--yes` or the user says; shows what is approved where nobody can be asked. */
async function approveWaiting(context: StreamContext, options: ApproveOptions): Promise<void> {
  const asks = canAsk(options) && !isAgent()
  if (options.yes !== true) {
    if (isAllApproved(context) || !asks) return await show(context, options)
    const diff = await describePlanDiff(context)
    const { lines, questions } = describeOutline(context)
    print([...diff, ...lines, ''])
    const despite = questions === 0 ? '' : ` despite ${counted(questions, 'open question')}`
    if (!(await confirm(`Approve the plan and its tasks${despite}?`))) {
      throw new WorkError('Nothing was approved.', { code: 'cancelled', exitCode: exitCodes.interrupted })
    }
  }
  requireHuman('approval', work('approve'))
  const approval = { ...options, allowsQuestions: options.yes !== true }
  const { action, target, words } = await approvePlanAndTasks(context, approval)
  if (options.json === true) printJson({ action, target, stream: context.entry.id })
  else print(words)
}

function decide(
  context: StreamContext,
  target: string,
  number: string | undefined,
  options: ApproveOptions,
): Promise<ApprovalDecision> {
  const { revoke = false, reason } = options
  if (reason !== undefined && !revoke) {
    throw new WorkError('--reason goes with --revoke.', {
      code: 'usage',
      hint: work('approve', target, '--revoke', '--reason', '…'),
    })
  }
  if (number !== undefined && target !== 'stage') {
    throw new WorkError(`A number goes with stage: "${target} ${number}" can't be approved.`, {
      code: 'usage',
      hint: advice`${work('approve', 'stage', number)}, or ${work('approve', target)}`,
    })
  }
  if (hasAnswers(options) && (revoke || target === 'stage')) {
    throw new WorkError('--renamed, --new, --keep, --drop and --renumber go with plan, tasks or revision.', {
      code: 'usage',
      hint: work('approve', 'plan'),
    })
  }
  switch (target) {
    case 'plan':
      return revoke ? revokePlan(context, reason) : approvePlan(context, options)
    case 'tasks':
      return revoke ? revokeTasks(context, reason) : approveTasks(context, options)
    case 'stage':
      return decideStage(context, number, options)
    case 'revision':
      if (revoke)
        throw new WorkError('A revision is revoked as the plan is.', {
          code: 'usage',
          hint: work('approve', 'plan', '--revoke'),
        })
      return approveRevision(context, options)
    default:
      throw new WorkError(`"${target}" can't be approved.`, {
        code: 'usage',
        hint: advice`${work('approve', 'plan')} | tasks | stage <n> | revision`,
      })
  }
}

async function show(context: StreamContext, options: ApproveOptions): Promise<void> {
  const { entry } = context
  const plan = planApproval(entry.approval, readPlanText(context))
  const tasks = entry.approval?.tasks?.status ?? 'draft'
  const stages = Object.fromEntries(
    Object.entries(entry.approval?.stages ?? {}).map(([stage, decision]) => [stage, decision.status]),
  )
  if (options.json === true) return printJson({ stream: entry.id, plan: plan.state, tasks, stages })
  print([
    `Workstream: ${entry.id}`,
    `Plan:   ${plan.state === 'changed' ? `changed since it was approved${onMoment(plan.at)}` : plan.state}`,
    `Tasks:  ${tasks}`,
    ...Object.entries(stages).map(([stage, status]) => `Stage ${stage.padStart(2, '0')}: ${status}`),
    ...(await describePlanDiff(context)).slice(0, -1),
  ])
}
