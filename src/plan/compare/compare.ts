import { type Plan, type PlacedThread, allThreads } from '../plan.ts'
import { type Answers, noAnswers } from './answers.ts'
import { matchThreads, nameKey } from './match.ts'
import type { RecordedThread } from './recorded-thread.ts'

/** A recorded thread and the same thread in the plan. */
export interface Pair {
  recorded: RecordedThread
  planned: PlacedThread
  /** Its recorded steps that are no longer in the plan. */
  gone: readonly string[]
}

/**
 * One thread in the comparison. `isOpen`: the user must answer before the plan can be approved.
 *
 * - `kept`, `renamed`, `moved`: the same thread; with another name, or at another id.
 * - `edited`: the same thread with other steps, although it has a history.
 * - `changed`: the plan has a thread with another name at this id. `unsure`: several could be the recorded one.
 * - `removed`: no longer in the plan. `dropped`: will be set aside. `left`: stays although it is not in the plan.
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
 * Compares the record with the current plan, by thread names and not only by numbers. Recorded threads come first, in
 * their order, then the threads that are new in the plan.
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
  /** The plan's thread at this id. */
  successor: PlacedThread | undefined
  /** Whether the plan has any thread at this id, even one that was moved there. */
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

/** Recorded steps that are no longer in the plan. A step recorded twice must be there twice. */
function goneSteps({ steps = [] }: RecordedThread, { thread }: PlacedThread): string[] {
  const left = thread.steps.map(({ text }) => nameKey(text))
  return steps.filter((step) => {
    const at = left.indexOf(nameKey(step))
    if (at !== -1) left.splice(at, 1)
    return at === -1
  })
}
