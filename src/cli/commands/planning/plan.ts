import type { DraftRequest } from '../../../../machines/draft-context.ts'
import { readAgents } from '../../../agents/agents-file.ts'
import { requireAgent, withModelFirst } from '../../../agents/choose-agent.ts'
import { runDraft } from '../../../engine/run-draft.ts'
import { exitCodes, WorkError } from '../../../errors.ts'
import { readTemplate, type Template } from '../../../planning/templates.ts'
import { advice, work } from '../../../text/hint.ts'
import { isAgent, openRepository, openStream, requireHuman } from '../../context.ts'
import { canAsk } from '../../interactive.ts'
import { print, printJson } from '../../output.ts'
import { fillIn } from './fill-in.ts'
import { readGoal, writeGoal } from './goal.ts'
import { findBegun, isKnown, placeOfGoal } from './goal-place.ts'
import { listVersions, discardDraft, restoreVersion } from './plan-history.ts'
import { tellEnd } from './plan-end.ts'
import type { PlanOptions } from './options.ts'
import { PlanDesk } from './plan-desk.ts'
import { plannerOf } from './plan-session.ts'
import { openPlanningOf, ownPlanning, draftStanding, type PlanningContext } from './planning-context.ts'

/** `work plan`: from a goal to an approved plan, or on with what was begun. Returns the exit code. */
export async function plan(words: readonly string[], options: PlanOptions): Promise<number> {
  requireOneWay(words, options)
  if (options.yes === true) requireHuman('approval', work('plan'))
  if (options.history === true) return listVersions(openPlanningOf(openStream(options)), options)
  if (options.discard === true) {
    const place = openPlanningOf(openStream(options))
    return owning(place, () => discardDraft(place, options))
  }
  if (options.restore !== undefined) {
    const place = openPlanningOf(openStream(options))
    return owning(place, () => restoreVersion(place, options.restore ?? 0, options))
  }
  const { workspace } = openRepository(options)
  const template =
    options.template === undefined ? undefined : readTemplate(options.template, workspace, process.cwd())
  const goal = await readGoal({ words, ...options }, workspace.root)
  if (goal === undefined && template !== undefined && options.revise === undefined)
    return fillIn(template, options)
  if (options.revise !== undefined) {
    return draft(
      openPlanningOf(openStream(options)),
      { kind: 'revise', text: options.revise },
      options,
      template,
    )
  }
  const begun = goal === undefined ? findBegun(options) : undefined
  if (begun !== undefined) return draft(begun, null, options, template)
  // Said before a workstream is made.
  const agents = await readAgents(workspace.agents)
  const agent = requireAgent(agents, options.agent ?? plannerOf(agents))
  if (options.model !== undefined) withModelFirst(agent, options.model)
  const asked = goal ?? (await askGoal(options))
  const place = await placeOfGoal(asked, options)
  // What has been approved as tasks is changed, and not planned from nothing.
  const isChange = place.context.tasks.read().tasks.length > 0
  const request: DraftRequest = { kind: 'goal', text: asked }
  const isNew = isKnown(place, request) || !isChange
  return draft(place, isNew ? request : { ...request, kind: 'revise' }, options, template)
}

async function draft(
  place: PlanningContext,
  request: DraftRequest | null,
  options: PlanOptions,
  template: Template | undefined,
): Promise<number> {
  return owning(place, async () => {
    const desk = new PlanDesk(place, options, template)
    const isAgain = isKnown(place, request)
    if (isAgain && draftStanding(place).stage === 'settled') return tellApproved(place, options)
    const asks = canAsk(options) && options.yes !== true && !isAgent()
    const input = {
      request: isAgain ? null : request,
      isConfirmed: options.yes === true,
      canAsk: asks,
      retries: options.retry === true || options.agent !== undefined,
    }
    return tellEnd(place, desk, await runDraft(input, desk), options)
  })
}

/** The same was planned before, and is approved. */
function tellApproved({ context }: PlanningContext, { json }: PlanOptions): number {
  const { id } = context.entry
  if (json === true) printJson({ action: 'plan', stream: id, end: 'approved' })
  else {
    print([
      `This is planned already: ${id}, which is approved. --name makes another one.`,
      { next: work('run', '--stream', id) },
    ])
  }
  return 0
}

async function owning(place: PlanningContext, action: () => number | Promise<number>): Promise<number> {
  const claimed = await ownPlanning(place)
  try {
    return await action()
  } finally {
    claimed.release()
  }
}

/** The goal, written in the user's editor. Throws a `WorkError` when there is nobody to ask, or nothing was written. */
async function askGoal(options: PlanOptions): Promise<string> {
  if (!canAsk(options) || isAgent()) {
    throw new WorkError('Say what the plan is for.', {
      code: 'goal-missing',
      hint: advice`${work('plan', 'Add a search box to the start page')}, or ${work('plan', '--from', '<file>')}`,
    })
  }
  const goal = await writeGoal(openRepository(options).workspace)
  if (goal !== '') return goal
  throw new WorkError('Nothing was written, so nothing is planned.', {
    code: 'cancelled',
    exitCode: exitCodes.interrupted,
  })
}

/** Throws a `WorkError` (`usage`) when flags ask for more than one thing. */
function requireOneWay(words: readonly string[], options: PlanOptions): void {
  const { from, issue, revise, history, restore, discard, yes, template } = options
  const goals = [
    words.length > 0 && 'a goal',
    from !== undefined && '--from',
    issue !== undefined && '--issue',
  ]
  const ways = [
    ...(goals.some(Boolean) ? [goals.filter(Boolean).join(' and ')] : []),
    ...(revise === undefined ? [] : ['--revise']),
    ...(history === true ? ['--history'] : []),
    ...(restore === undefined ? [] : ['--restore']),
    ...(discard === true ? ['--discard'] : []),
  ]
  if (ways.length > 1) {
    throw new WorkError(`${ways.join(' and ')} can't be combined.`, {
      code: 'usage',
      hint: work('plan', '--help'),
    })
  }
  if (template !== undefined && ways.length > 0 && !goals.some(Boolean)) {
    throw new WorkError(`--template can't be combined with ${ways.join()}.`, {
      code: 'usage',
      hint: work('plan', '<goal>', '--template', template),
    })
  }
  if (revise?.trim() === '') {
    throw new WorkError('--revise needs words that say what to change.', {
      code: 'usage',
      hint: work('plan', '--revise', 'docs last'),
    })
  }
  if (yes === true && history === true) {
    throw new WorkError('--yes approves, and --history only shows.', {
      code: 'usage',
      hint: work('plan', '--history'),
    })
  }
}
