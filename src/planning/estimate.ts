import type { SessionRecord } from '../../machines/session.ts'
import type { ThreadFacts } from '../threads/thread.ts'
import { usageOf } from '../threads/usage.ts'

/** A number that lies most probably in between. */
interface Span {
  low: number
  high: number
}

/** What a plan may take, by what earlier threads took. */
export interface Estimate {
  /** The number of earlier threads that it is made from. */
  basis: number
  /** Milliseconds from the start of its first thread to the end of its last, without waiting for the user. */
  time: Span
  /** US dollars; absent where the cost of earlier threads is not known. */
  cost?: Span
}

/** A thread that is planned. */
export interface EstimatedThread {
  /** Id of its batch. */
  batch: string
  agent: string
}

/** With fewer earlier threads nothing is estimated. */
const leastThreads = 3

interface Taken {
  agent: string
  time: number
  cost: number | undefined
}

/**
 * What threads will take, of which `parallel` run at once and batches one after the other; undefined without enough completed
 * threads in `history`. Each thread is taken as one that its own agent did, if there are enough of them.
 */
export function estimate({
  threads,
  parallel,
  history,
}: {
  threads: readonly EstimatedThread[]
  parallel: number
  history: readonly ThreadFacts[]
}): Estimate | undefined {
  const taken = history.flatMap(takenBy)
  if (taken.length < leastThreads || threads.length === 0) return undefined
  const likeThread = (agent: string) => {
    const own = taken.filter((one) => one.agent === agent)
    return own.length < leastThreads ? taken : own
  }
  const time = { low: 0, high: 0 }
  for (const id of new Set(threads.map(({ batch }) => batch))) {
    const batch = threads.filter((thread) => thread.batch === id)
    const spans = batch.map(({ agent }) => spanOf(likeThread(agent).map((one) => one.time)))
    time.low += roundsOf(
      spans.map(({ low }) => low),
      parallel,
    )
    time.high += roundsOf(
      spans.map(({ high }) => high),
      parallel,
    )
  }
  const costs = threads.map(({ agent }) => likeThread(agent).flatMap(({ cost }) => cost ?? []))
  const isKnown = costs.every((own) => own.length >= leastThreads)
  return { basis: taken.length, time, ...(isKnown && { cost: sumOf(costs.map(spanOf)) }) }
}

/** What a completed thread took: all its sessions, also those that failed on the way. */
function takenBy({ status, sessions }: ThreadFacts): Taken[] {
  const agent = sessions.at(-1)?.agentName
  const time = sessions.reduce((sum, session) => sum + lengthOf(session), 0)
  if (status !== 'completed' || agent === undefined || !(time > 0)) return []
  const { cost, isCostPartial } = usageOf(sessions)
  return [{ agent, time, cost: isCostPartial === true ? undefined : cost }]
}

function lengthOf({ startedAt, completedAt }: SessionRecord): number {
  const length = Date.parse(completedAt ?? '') - Date.parse(startedAt)
  return Number.isFinite(length) ? Math.max(0, length) : 0
}

/** The middle half of some numbers. */
function spanOf(numbers: readonly number[]): Span {
  const sorted = numbers.toSorted((left, right) => left - right)
  const at = (part: number) => sorted[Math.round((sorted.length - 1) * part)] ?? 0
  return { low: at(0.25), high: at(0.75) }
}

function sumOf(spans: readonly Span[]): Span {
  return spans.reduce((sum, { low, high }) => ({ low: sum.low + low, high: sum.high + high }), {
    low: 0,
    high: 0,
  })
}

/** How long a batch takes whose threads are taken in turn by `parallel` places. */
function roundsOf(times: readonly number[], parallel: number): number {
  const places = Array.from({ length: Math.max(1, Math.min(parallel, times.length)) }, () => 0)
  for (const time of times) {
    const first = places.indexOf(Math.min(...places))
    places[first] = (places[first] ?? 0) + time
  }
  return Math.max(...places)
}
