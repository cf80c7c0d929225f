import type { DeliveryStep } from '../../machines/delivery.ts'
import { isEarlierInBatch } from '../ids.ts'
import { listSome } from '../text/list-some.ts'
import { formatDuration } from './durations.ts'

/** What is done with a running thread while no agent works on it. */
export interface ShownPhase {
  /** The state within `running`; one without words here is not shown. */
  phase?: string | undefined
  /** Since when, in milliseconds since 1970. */
  phaseSince?: number | undefined
  /** Ids of the threads whose work is merged before its own. */
  waitsFor?: readonly string[] | undefined
}

/** `preparing its clone`, `waits for 01.01.01`, `verifying 12s`; undefined while its agent works. */
export function describePhase(
  { phase, phaseSince, waitsFor = [] }: ShownPhase,
  now: number,
): string | undefined {
  if (phase === undefined || !Object.hasOwn(phases, phase)) return undefined
  if (phase === 'waiting' && waitsFor.length > 0) return `waits for ${listSome([...waitsFor])}`
  if (phase !== 'verifying' || phaseSince === undefined) return phases[phase]
  return `${phases[phase]} ${formatDuration(Math.max(0, now - phaseSince))}`
}

const phases: Readonly<Record<string, string>> = {
  preparing: 'preparing its clone',
  committing: 'committing its work',
  waiting: 'waits for its turn to merge',
  merging: 'merging',
  verifying: 'verifying',
  advancing: 'merging',
  stopping: 'stopping',
} satisfies Record<'preparing' | DeliveryStep, string>

/** The ids of the running threads among these whose work is merged before that of thread `id`. */
export function queueBefore(id: string, threads: readonly { id: string; status: string }[]): string[] {
  return threads
    .filter((other) => other.status === 'running' && isEarlierInBatch(other.id, id))
    .map((other) => other.id)
}
