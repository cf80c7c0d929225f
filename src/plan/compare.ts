import { type Plan, type PlacedThread, allThreads } from './plan.ts'
import { matchThreads, nameKey } from './match.ts'

/** What is recorded of a thread: who it was when the plan was approved. */
export interface RecordedThread {
  /** `01.02.03` */
  id: string
  name: string
  stage: string
  batch: string
  /** The steps that the plan had for it; undefined where that is not recorded. */
  steps: readonly string[] | undefined
  /** The line of PLAN.md on which it was. */
  line: number | undefined
  /** Whether it ran, or anything was reported of it. */
  hasHistory: boolean
  /** A person keeps it although the plan has it no more. */
  isKept: boolean
}

/** What a person says of threads that changed. */
export interface Answers {
  /** Recorded id → id in the plan: the same thread, whatever its name and steps are now. */
  renamed: ReadonlyMap<string, string>
  /** Ids in the plan: another thread than the one that is recorded at this id. */
  fresh: ReadonlySet<string>
  /** Recorded ids of threads that the plan has no more. */
  keep: ReadonlySet<string>
  drop: ReadonlySet<string>
  /** Moved threads keep their history under their new ids. */
  renumber: boolean
  /** Answers what else is open: moved threads are renumbered, changed ones are new, missing ones dropped. */
  force: boolean
}

/** Nothing was said. */
export const noAnswers: Answers = {
  renamed: new Map(),
  fresh: new Set(),
  keep: new Set(),
  drop: new Set(),
  renumber: false,
  force: false,
}

/** A recorded thread with the thread of the plan that it is. */
export interface Pair {
  recorded: RecordedThread
  planned: PlacedThread
  /** Steps that were recorded for it and are no longer in the plan. */
  gone: readonly string[]
}

/**
 * One thread in the comparison. `isOpen`: a person has to say what it is before the plan can be approved.
 *
 * - `kept`, `renamed`, `moved`: the same thread; with another name, or at another id.
 * - `edited`: the same thread, whose steps are others although it has a history.
 * - `changed`: at this id the plan has a thread with another name. `unsure`: several could be the recorded one.
 * - `removed`: the plan has it no more. `dropped`: it is to be set aside. `left`: it stays although the plan lacks it.
 * - `new`: nothing is recorded of it.
 */
export type Difference = { isOpen: boolean } & (
  | ({ kind: 'kept' | 'renamed' | 'moved' | 'edited' } & Pair)
  | { kind: 'changed'; recorded: RecordedThread; planned: PlacedThread }
  | { kind: 'unsure'; recorded: RecordedThread; candidates: readonly PlacedThread[] }
  | {
      kind: 'removed'
      recorded: RecordedThread
      /** Another thread of the plan has its id, so it can't be kept. */ isTaken: boolean
    }
  | { kind: 'dropped' | 'left'; recorded: RecordedThread }
  | { kind: 'new'; planned: PlacedThread }
)

/**
 * Compares what is recorded with the plan as it is now, by what threads are called and not by their numbers alone. Recorded
 * threads come first, in their order, then those that are new in the plan.
 */
export function comparePlan(
  recorded: readonly RecordedThread[],
  plan: Plan,
  answers: Answers = noAnswers,
): Difference[] {
  const planned = allThreads(plan)
  const { pairs, unsure } = matchThreads(recorded, planned, answers)
  const taken = new Set(pairs.values())
  const free = planned.filter((one) => !taken.has(one))
  const known = recorded.map((thread): Difference => {
    const match = pairs.get(thread)
    if (match !== undefined) return describePair(thread, match, answers)
    const candidates = unsure.get(thread)
    const successor = free.find((one) => one.thread.id === thread.id)
    const isTaken = planned.some((one) => one.thread.id === thread.id)
    return describeUnmatched(thread, { candidates, successor, isTaken }, answers)
  })
  const changed = new Set(known.flatMap((one) => (one.kind === 'changed' ? [one.planned] : [])))
  const fresh = free.filter((one) => !changed.has(one))
  return [...known, ...fresh.map((one) => ({ kind: 'new', planned: one, isOpen: false }) as const)]
}

function describePair(recorded: RecordedThread, planned: PlacedThread, answers: Answers): Difference {
  const { id, name } = recorded
  const isAnswered = answers.renamed.has(id) || answers.force
  const pair = { recorded, planned, gone: goneSteps(recorded, planned) }
  if (pair.gone.length > 0 && recorded.hasHistory && !isAnswered) {
    return { kind: 'edited', ...pair, isOpen: true }
  }
  if (planned.thread.id !== id) {
    const isOpen = recorded.hasHistory && !isAnswered && !answers.renumber
    return { kind: 'moved', ...pair, isOpen }
  }
  return { kind: planned.thread.name === name ? 'kept' : 'renamed', ...pair, isOpen: false }
}

interface Alternatives {
  candidates: readonly PlacedThread[] | undefined
  /** The thread that the plan has at this id. */
  successor: PlacedThread | undefined
  /** Whether the plan has any thread at this id, if only one that was moved there. */
  isTaken: boolean
}

function describeUnmatched(
  recorded: RecordedThread,
  { candidates, successor, isTaken }: Alternatives,
  answers: Answers,
): Difference {
  const { id, hasHistory, isKept } = recorded
  const dropped = { kind: 'dropped', recorded, isOpen: false } as const
  if (answers.drop.has(id) || (successor !== undefined && answers.fresh.has(id))) return dropped
  if (candidates === undefined && !isTaken && (isKept || answers.keep.has(id))) {
    return { kind: 'left', recorded, isOpen: false }
  }
  if (answers.force) return dropped
  if (candidates !== undefined) return { kind: 'unsure', recorded, candidates, isOpen: hasHistory }
  if (successor !== undefined) return { kind: 'changed', recorded, planned: successor, isOpen: hasHistory }
  return { kind: 'removed', recorded, isTaken, isOpen: true }
}

/** The recorded steps that the plan has no more; one that comes twice has to be there twice. */
function goneSteps({ steps = [] }: RecordedThread, { thread }: PlacedThread): string[] {
  const left = thread.steps.map(({ text }) => nameKey(text))
  return steps.filter((step) => {
    const at = left.indexOf(nameKey(step))
    if (at !== -1) left.splice(at, 1)
    return at === -1
  })
}
