import type { DraftRequest } from '../../../../machines/draft-context.ts'
import { planHash } from '../../../approval/gate.ts'
import { readPlan } from '../../../planning/draft-file.ts'
import { planningOf } from '../../../planning/state.ts'
import { findStream, type WorkIndex } from '../../../store/index/index-file.ts'
import { threadsOf } from '../../../threads/thread.ts'
import { namedStream, openEntry, openRepository, openStream } from '../../context.ts'
import { print } from '../../output.ts'
import { addStream, kebab } from '../streams/create.ts'
import { nameOf, titleOf } from './goal.ts'
import type { PlanOptions } from './options.ts'
import { draftStanding, openPlanningOf, planState, type PlanningContext } from './planning-context.ts'

/**
 * The workstream of `--stream`; the current one, if nobody has planned it; that of the same goal, if its planning was broken off;
 * otherwise a new one.
 */
export async function placeOfGoal(goal: string, options: PlanOptions): Promise<PlanningContext> {
  if (options.stream !== undefined) return openPlanningOf(openStream(options))
  const repository = openRepository(options)
  const { index } = repository
  const current = namedStream(index.read(), {})
  const unplanned = current === undefined ? undefined : openPlanningOf(openEntry(repository, current))
  if (unplanned !== undefined && options.name === undefined && isUnplanned(unplanned)) return unplanned
  const name = options.name === undefined ? nameOf(goal) : kebab(options.name)
  const taken = index.read().streams.filter((stream) => isNumbered(stream.name, name))
  for (const entry of taken) {
    const place = openPlanningOf(openEntry(repository, entry))
    if (isKnown(place, { kind: 'goal', text: goal }) || isUnplanned(place)) return place
  }
  const free = options.name === undefined ? freeName(name, index.read()) : name
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

/** The name, or the first one with a number that no workstream has: `search-2`. */
export function freeName(name: string, { streams }: Pick<WorkIndex, 'streams'>): string {
  const isTaken = (one: string) => streams.some((stream) => stream.name === one)
  if (!isTaken(name)) return name
  for (let count = 2; ; count += 1) if (!isTaken(`${name}-${count}`)) return `${name}-${count}`
}

/** The planning of the current workstream that has been begun and is not settled; undefined if there is none. */
export function findBegun(options: PlanOptions): PlanningContext | undefined {
  const repository = openRepository(options)
  const entry = namedStream(repository.index.read(), options)
  if (entry === undefined) return undefined
  const place = openPlanningOf(openEntry(repository, entry))
  const { stage } = draftStanding(place)
  if (options.stream !== undefined) return place
  return stage === 'empty' || stage === 'settled' ? undefined : place
}

/** Whether the same was asked for and nothing has been run since: a command that was killed is simply typed again. */
export function isKnown(place: PlanningContext, request: DraftRequest | null): boolean {
  const { requests, settled_at: settledAt } = planningOf(place.planning.read())
  const asked = requests.findLast(({ kind }) => kind !== 'repair')
  return (
    request !== null &&
    'text' in request &&
    asked?.kind === request.kind &&
    asked.text === request.text &&
    (settledAt === undefined || (request.kind === 'goal' && isFresh(place)))
  )
}

/** Whether the last draft has become PLAN.md, instead of being given up, and nothing has been done with it yet. */
function isFresh({ context, paths, planning }: PlanningContext): boolean {
  const text = readPlan(paths)
  const last = planningOf(planning.read()).versions.at(-1)
  const hasBegun = threadsOf(context.tasks.read()).some(({ sessions }) => sessions.length > 0)
  return text !== undefined && last?.hash === planHash(text) && !hasBegun
}
