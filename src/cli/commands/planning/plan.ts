import type { DraftRequest } from '../../../../machines/draft-context.ts'
import { runDraft } from '../../../engine/run-draft.ts'
import { exitCodes, WorkError } from '../../../errors.ts'
import { planningOf } from '../../../planning/state.ts'
import { readTemplate, type Template } from '../../../planning/templates.ts'
import { findStream } from '../../../store/index/index-file.ts'
import { advice, work } from '../../../text/hint.ts'
import { isAgent, namedStream, openEntry, openRepository, openStream, requireHuman } from '../../context.ts'
import { canAsk } from '../../interactive.ts'
import { threadsOf } from '../../../threads/thread.ts'
import { print, printJson } from '../../output.ts'
import { addStream } from '../streams/create.ts'
import { edit } from '../plan/edit.ts'
import { nameOf, readGoal, titleOf, writeGoal } from './goal.ts'
import { listVersions, discardDraft, restoreVersion } from './plan-history.ts'
import { tellEnd } from './plan-end.ts'
import type { DeskOptions } from './options.ts'
import { PlanDesk } from './plan-desk.ts'
import {
  openPlanningOf,
  ownPlanning,
  planState,
  draftStanding,
  type PlanningContext,
} from './planning-context.ts'

export interface PlanOptions extends DeskOptions {
  from?: string
  issue?: string
  name?: string
  template?: string
  revise?: string
  retry?: boolean
  history?: boolean
  restore?: number
  discard?: boolean
}

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
  const asked = goal ?? (await askGoal(options))
  return draft(await placeFor(asked, options), { kind: 'goal', text: asked }, options, template)
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

/** Whether the same was asked for and nothing has been run since: a command that was killed is simply typed again. */
function isKnown(place: PlanningContext, request: DraftRequest | null): boolean {
  const { requests, settled_at: settledAt } = planningOf(place.planning.read())
  const asked = requests.findLast(({ kind }) => kind !== 'repair')
  const hasBegun = threadsOf(place.context.tasks.read()).some(({ sessions }) => sessions.length > 0)
  return (
    request !== null &&
    'text' in request &&
    (settledAt === undefined || !hasBegun) &&
    asked?.kind === request.kind &&
    asked.text === request.text
  )
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

/** The planning of the current workstream that has been begun and is not settled; undefined if there is none. */
function findBegun(options: PlanOptions): PlanningContext | undefined {
  const repository = openRepository(options)
  const entry = namedStream(repository.index.read(), options)
  if (entry === undefined) return undefined
  const place = openPlanningOf(openEntry(repository, entry))
  const { stage } = draftStanding(place)
  if (options.stream !== undefined) return place
  return stage === 'empty' || stage === 'settled' ? undefined : place
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

/**
 * The workstream of `--stream`; the current one, if nobody has planned it; that of the same goal, if its planning was broken off;
 * otherwise a new one.
 */
async function placeFor(goal: string, options: PlanOptions): Promise<PlanningContext> {
  if (options.stream !== undefined) return openPlanningOf(openStream(options))
  const repository = openRepository(options)
  const { index } = repository
  const current = namedStream(index.read(), {})
  const unplanned = current === undefined ? undefined : openPlanningOf(openEntry(repository, current))
  if (unplanned !== undefined && options.name === undefined && isUnplanned(unplanned)) return unplanned
  const name = options.name ?? nameOf(goal)
  const taken = index.read().streams.filter((stream) => isNumbered(stream.name, name))
  for (const entry of taken) {
    const place = openPlanningOf(openEntry(repository, entry))
    if (isKnown(place, { kind: 'goal', text: goal }) || isUnplanned(place)) return place
  }
  const isTaken = (one: string) => taken.some((stream) => stream.name === one)
  const free = options.name === undefined ? freeName(name, isTaken) : name
  const entry = await addStream(
    repository,
    { name: free, title: titleOf(goal) },
    { given: undefined, stages: 1 },
  )
  if (options.json !== true) print([`Created workstream ${entry.id} (now current).`])
  return openPlanningOf(openEntry(repository, findStream(index.read(), entry.id)))
}

/** Whether neither the user nor an agent has begun a plan. */
function isUnplanned(place: PlanningContext): boolean {
  const { requests } = planningOf(place.planning.read())
  return (
    requests.length === 0 && planState(place) === 'unwritten' && place.context.entry.archived_at === undefined
  )
}

function isNumbered(name: string, base: string): boolean {
  return name === base || (name.startsWith(`${base}-`) && /^\d+$/.test(name.slice(base.length + 1)))
}

function freeName(name: string, isTaken: (name: string) => boolean): string {
  if (!isTaken(name)) return name
  for (let count = 2; ; count += 1) if (!isTaken(`${name}-${count}`)) return `${name}-${count}`
}

/** A template without a goal is filled in by the user. */
async function fillIn({ name, text }: Template, options: PlanOptions): Promise<number> {
  const repository = openRepository(options)
  if (options.stream !== undefined) {
    throw new WorkError('A template without a goal makes a workstream of its own.', {
      code: 'usage',
      hint: advice`${work('plan', '--template', name, '--name', '<name>')}, or ${work('plan', '<goal>', '--template', name, '--stream', options.stream)}`,
    })
  }
  if (options.name === undefined) {
    throw new WorkError(
      'Say what the plan is for, or name the workstream to fill the template in yourself.',
      {
        code: 'goal-missing',
        hint: advice`${work('plan', '<goal>', '--template', name)}, or ${work('plan', '--template', name, '--name', '<name>')}`,
      },
    )
  }
  const entry = await addStream(
    repository,
    { name: options.name, title: options.name },
    { given: text, stages: 1 },
  )
  if (options.json !== true) print([`Created workstream ${entry.id} (now current).`])
  if (canAsk(options) && !isAgent()) return edit({ ...options, stream: entry.id })
  print([{ next: work('edit') }])
  return 0
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
