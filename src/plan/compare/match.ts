import type { Answers } from './answers.ts'
import type { RecordedThread } from './recorded-thread.ts'
import type { PlacedThread } from '../plan.ts'

export interface Matches {
  pairs: Map<RecordedThread, PlacedThread>
  /** Recorded threads that match several threads of the plan, with these candidates. */
  unsure: Map<RecordedThread, PlacedThread[]>
}

/** Names that distinguish a thread, the most reliable first. */
type Names = Record<'stage' | 'batch' | 'thread', string>
const ways: ((names: Names) => string)[] = [
  ({ stage, batch, thread }) => nameKey(stage, batch, thread),
  ({ stage, thread }) => nameKey(stage, thread),
  ({ thread }) => nameKey(thread),
]

/**
 * Finds the plan's thread for each recorded one: by the user's answers, then by its name together with those of batch
 * and stage, then by its name alone. If names are not unique, equal steps or ids decide; otherwise the match is
 * unsure.
 */
export function matchThreads(
  recorded: readonly RecordedThread[],
  planned: readonly PlacedThread[],
  answers: Pick<Answers, 'renamed' | 'fresh' | 'drop'>,
): Matches {
  const matches: Matches = { pairs: new Map(), unsure: new Map() }
  const named = new Set(answers.renamed.values())
  for (const thread of recorded) {
    const found = planned.find((one) => one.thread.id === answers.renamed.get(thread.id))
    if (found !== undefined) matches.pairs.set(thread, found)
  }
  const isFree = ({ thread }: PlacedThread) => !named.has(thread.id) && !answers.fresh.has(thread.id)
  const rest = recorded.filter((thread) => !matches.pairs.has(thread) && !answers.drop.has(thread.id))
  const sides = { recorded: rest, planned: planned.filter(isFree) }
  const commonness = countNames(sides)
  for (const [index, nameOf] of ways.entries()) {
    const isWeakest = index === ways.length - 1
    for (const group of groupsOf(sides, matches, nameOf)) {
      matchGroup(group, matches, isWeakest ? commonness : undefined)
    }
  }
  return matches
}

interface Sides {
  recorded: readonly RecordedThread[]
  planned: readonly PlacedThread[]
}

/** Unmatched threads by name, for names that are on both sides. */
function groupsOf(sides: Sides, { pairs, unsure }: Matches, nameOf: (names: Names) => string): Sides[] {
  const taken = new Set(pairs.values())
  const left = sides.recorded.filter((thread) => !pairs.has(thread) && !unsure.has(thread))
  const recorded = groupBy(left, (thread) => nameOf(namesOfRecorded(thread)))
  const planned = groupBy(
    sides.planned.filter((one) => !taken.has(one)),
    (one) => nameOf(namesOfPlanned(one)),
  )
  return [...recorded].flatMap(([name, threads]) => {
    const others = planned.get(name)
    return others === undefined ? [] : [{ recorded: threads, planned: others }]
  })
}

/** `commonness` is given if only the thread's own name is equal: a common name proves nothing in another stage. */
function matchGroup(group: Sides, matches: Matches, commonness?: Map<string, number>): void {
  const { recorded, planned } = matchBySteps(group, matches)
  const [thread, ...others] = recorded
  const [candidate, ...otherCandidates] = planned
  if (thread === undefined || candidate === undefined) return
  if (others.length === 0 && otherCandidates.length === 0) {
    const isSame = candidate.thread.id === thread.id
    if (isSame || commonness === undefined || (commonness.get(nameKey(thread.name)) ?? 0) <= 1) {
      matches.pairs.set(thread, candidate)
    } else matches.unsure.set(thread, [candidate])
    return
  }
  const byId = new Map(planned.map((one) => [one.thread.id, one]))
  const areSame = recorded.length === planned.length && recorded.every(({ id }) => byId.has(id))
  for (const one of recorded) {
    const same = byId.get(one.id)
    if (areSame && same !== undefined) matches.pairs.set(one, same)
    else matches.unsure.set(one, [...planned])
  }
}

/** Pairs threads of equal names by their steps, and returns the rest. */
function matchBySteps(group: Sides, { pairs }: Matches): Sides {
  if (group.recorded.length === 1 && group.planned.length === 1) return group
  const recorded = groupBy(group.recorded, ({ steps }) => (steps === undefined ? '' : nameKey(...steps)))
  const planned = groupBy(group.planned, ({ thread }) => nameKey(...thread.steps.map(({ text }) => text)))
  const taken = new Set<PlacedThread>()
  for (const [steps, [thread, ...others]] of recorded) {
    const [candidate, ...otherCandidates] = planned.get(steps) ?? []
    if (thread === undefined || candidate === undefined || others.length + otherCandidates.length > 0)
      continue
    pairs.set(thread, candidate)
    taken.add(candidate)
  }
  return {
    recorded: group.recorded.filter((thread) => !pairs.has(thread)),
    planned: group.planned.filter((one) => !taken.has(one)),
  }
}

/** How often a thread's name occurs, on the side where it occurs more often. */
function countNames({ recorded, planned }: Sides): Map<string, number> {
  const left = groupBy(recorded, ({ name }) => nameKey(name))
  const right = groupBy(planned, ({ thread }) => nameKey(thread.name))
  const names = [...left.keys(), ...right.keys()]
  return new Map(
    names.map((name) => [name, Math.max(left.get(name)?.length ?? 0, right.get(name)?.length ?? 0)]),
  )
}

function namesOfRecorded({ stage, batch, name }: RecordedThread): Names {
  return { stage, batch, thread: name }
}

function namesOfPlanned({ stage, batch, thread }: PlacedThread): Names {
  return { stage: stage.name, batch: batch.name, thread: thread.name }
}

/** Normalizes names for comparison: case, white space and Unicode composition don't matter. */
export function nameKey(...names: string[]): string {
  return JSON.stringify(
    names.map((name) => name.normalize('NFC').trim().replaceAll(/\s+/g, ' ').toLowerCase()),
  )
}

function groupBy<Value>(values: readonly Value[], nameOf: (value: Value) => string): Map<string, Value[]> {
  const groups = new Map<string, Value[]>()
  for (const value of values) {
    const name = nameOf(value)
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [value])
    else group.push(value)
  }
  return groups
}
