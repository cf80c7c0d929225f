import { onMoment, planApproval } from '../engine/gate.ts'
import { WorkError } from '../errors.ts'
import type { Decision } from './approval.ts'
import { approvePlan, approveRevision, revokePlan } from './approve-plan.ts'
import { decideStage } from './approve-stage.ts'
import { approveTasks, revokeTasks } from './approve-tasks.ts'
import { openStream, readPlanText, requireHuman, type CommonOptions, type StreamContext } from './context.ts'
import { print, printJson } from './output.ts'
import { hasAnswers, type AnswerOptions } from './plan-answers.ts'

export interface ApproveOptions extends CommonOptions, AnswerOptions {
  revoke?: boolean
  reason?: string
  force?: boolean
}

/** `work approve`: a person's word on plan, tasks, a stage or a revision. Without a target it shows where they stand. */
export async function approve(
  target: string | undefined,
  number: string | undefined,
  options: ApproveOptions,
): Promise<void> {
  if (target === undefined) {
    requireNoDecision(options)
    return show(openStream(options), options)
  }
  requireHuman('approval', ['work approve', target, number].filter(Boolean).join(' '))
  const context = openStream(options)
  const { action, target: what, words } = await decide(context, target, number, options)
  if (options.json === true) printJson({ action, target: what, stream: context.entry.id })
  else print(words)
}

/** Without a target an approval is only shown, so a flag that decides something would do nothing. */
function requireNoDecision({ revoke, reason, force }: ApproveOptions): void {
  const flags = Object.entries({ revoke, reason, force }).flatMap(([flag, value]) =>
    value === undefined ? [] : [`--${flag}`],
  )
  if (flags.length === 0) return
  throw new WorkError(
    `${flags.join(' and ')} without a target: specify plan, tasks, stage <n> or revision.`,
    {
      code: 'usage',
      hint: `work approve plan ${reason === undefined ? flags.join(' ') : '--revoke --reason "…"'}`,
    },
  )
}

function decide(
  context: StreamContext,
  target: string,
  number: string | undefined,
  options: ApproveOptions,
): Promise<Decision> {
  const { revoke = false, reason } = options
  if (reason !== undefined && !revoke) {
    throw new WorkError('--reason goes with --revoke.', {
      code: 'usage',
      hint: `work approve ${target} --revoke --reason "…"`,
    })
  }
  if (number !== undefined && target !== 'stage') {
    throw new WorkError(`A number goes with stage: "${target} ${number}" can't be approved.`, {
      code: 'usage',
      hint: `work approve stage ${number}, or work approve ${target}`,
    })
  }
  if (hasAnswers(options) && (revoke || target === 'stage')) {
    throw new WorkError('--renamed, --new, --keep, --drop and --renumber go with plan, tasks or revision.', {
      code: 'usage',
      hint: 'work approve plan',
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
          hint: 'work approve plan --revoke',
        })
      return approveRevision(context, options)
    default:
      throw new WorkError(`"${target}" can't be approved.`, {
        code: 'usage',
        hint: 'work approve plan | tasks | stage <n> | revision',
      })
  }
}

function show(context: StreamContext, options: ApproveOptions): void {
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
  ])
}
