import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import type { DraftOutput } from '../../../../machines/draft-context.ts'
import { exitCodes, WorkError } from '../../../errors.ts'
import { openQuestions } from '../../../plan/check.ts'
import { planningOf, planningThread } from '../../../planning/state.ts'
import { usageOf } from '../../../threads/usage.ts'
import { counted } from '../../../text/plural.ts'
import { plainText } from '../../../text/sanitize.ts'
import { describeUsage } from '../../../ui/usage.ts'
import type { CommonOptions } from '../../context.ts'
import { streamFlag } from '../../hint.ts'
import { print, printJson, type OutputLine } from '../../output.ts'
import { advice, work } from '../../../text/hint.ts'
import type { PlanDesk } from './plan-desk.ts'
import { describeElsewhere } from './plan-review.ts'
import { describeFailure, shortList } from './plan-questions.ts'
import { planState, type PlanningContext } from './planning-context.ts'

/** Shows how the flow ended and what can be done next; gives the exit code, or throws what was thrown. */
export async function tellEnd(
  place: PlanningContext,
  desk: PlanDesk,
  output: DraftOutput,
  { json }: CommonOptions,
): Promise<number> {
  if (output.end === 'failed') throw output.error
  const code = exitCodeOf(output.end)
  if (json === true) printJson({ ...(await endAsJson(place, desk, output)) })
  else print(await describeEnd(place, desk, output))
  return code
}

function exitCodeOf(end: DraftOutput['end']): number {
  switch (end) {
    case 'approved':
    case 'left':
      return 0
    case 'interrupted':
    case 'cancelled':
      return exitCodes.interrupted
    case 'nothing':
      return exitCodes.usage
    case 'questions':
    case 'invalid':
    case 'stopped':
    case 'failed':
      return exitCodes.unfinished
  }
}

/** The end in the shape that scripts rely on. */
async function endAsJson(
  { context, paths, planning }: PlanningContext,
  desk: PlanDesk,
  { end, check }: DraftOutput,
) {
  const { plan, problems } = desk.checked()
  const record = planningOf(planning.read())
  const session = planningThread(planning.read())?.sessions.at(-1)
  const { root } = context.workspace
  return {
    action: 'plan',
    stream: context.entry.id,
    end,
    plan: relative(root, paths.plan),
    draft: existsSync(paths.draft) ? relative(root, paths.draft) : null,
    problems: end === 'approved' ? [] : [...(check.problems.length > 0 ? check.problems : problems)],
    questions:
      plan === undefined ? [] : openQuestions(plan).map(({ stage, line, text }) => ({ stage, line, text })),
    elsewhere: await desk.elsewhere(),
    version: record.versions.at(-1)?.number ?? null,
    session:
      session === undefined
        ? null
        : { id: session.sessionId, agent: session.agentName, status: session.status },
    usage: usageOf(planningThread(planning.read())?.sessions ?? []),
  }
}

async function describeEnd(
  place: PlanningContext,
  desk: PlanDesk,
  { end, check }: DraftOutput,
): Promise<OutputLine[]> {
  const { context, paths } = place
  const { root } = context.workspace
  const here = streamFlag(context.entry.id, context.index.read().current_stream)
  const draft = existsSync(paths.draft) ? relative(root, paths.draft) : undefined
  const elsewhere = describeElsewhere(await desk.elsewhere())
  switch (end) {
    case 'approved':
      return [...desk.approval, ...spent(place), { next: work('run', ...here) }]
    case 'left':
      return [
        draft === undefined
          ? `The plan is in ${relative(root, paths.plan)}, not approved.`
          : `The draft is in ${draft}. PLAN.md is as it was.`,
        ...elsewhere,
        ...spent(place),
        { next: advice`${work('plan', ...here)}   to review and approve it` },
      ]
    case 'questions':
      return [
        `The draft has ${counted(check.questions, 'open question')}, so it was not approved:`,
        ...questionLines(desk),
        ...elsewhere,
        { next: advice`${work('plan', ...here)}   to answer and approve it` },
      ]
    case 'invalid':
      return [
        `The draft has ${counted(check.problems.length, 'problem')}, so it did not become the plan:`,
        ...shortList(check.problems),
        ...(draft === undefined ? [] : [`It is in ${draft}, with its problems beside it.`]),
        ...elsewhere,
        ...spent(place),
        {
          next: advice`${work('plan', '--revise', '<words>', ...here)}, or correct it and run ${work('plan', ...here)}`,
        },
      ]
    case 'stopped':
      return [
        ...describeFailure(place),
        ...elsewhere,
        { next: advice`${work('plan', '--retry', ...here)}, or --agent <name> for another agent` },
        { next: advice`${work('logs', 'plan', ...here)}   shows what it did` },
      ]
    case 'interrupted':
      return [
        'Planning was stopped. Nothing is lost.',
        { next: advice`${work('plan', ...here)}   to continue` },
      ]
    case 'cancelled':
      return [
        ...(draft === undefined ? ['Nothing was changed.'] : [`The draft stays in ${draft}.`]),
        { next: advice`${work('plan', ...here)}   to continue` },
      ]
    case 'nothing':
      if (planState(place) === 'unwritten') {
        throw new WorkError(`${context.entry.id} has no plan yet, and no goal was given.`, {
          code: 'goal-missing',
          hint: work('plan', '<goal>', ...here),
        })
      }
      throw new WorkError('The plan is settled, and nothing was asked for.', {
        code: 'nothing-to-plan',
        hint: advice`${work('plan', '--revise', '<words>', ...here)}, or ${work('run', ...here)}`,
      })
    case 'failed':
      return []
  }
}

function questionLines(desk: PlanDesk): string[] {
  const { plan } = desk.checked()
  return plan === undefined
    ? []
    : openQuestions(plan).map(({ line, stage, text }) => plainText(`line ${line}: stage ${stage}: ${text}`))
}

/** What planning has cost so far. */
function spent({ planning }: PlanningContext): string[] {
  const words = describeUsage(usageOf(planningThread(planning.read())?.sessions ?? []))
  return words === '' ? [] : [`Planning used ${words}.`]
}
