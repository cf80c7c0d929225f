import { setTimeout as delay } from 'node:timers/promises'
import { longestStep, timeoutInterval } from './waits.ts'

/**
 * Counts supervised time. Uses a monotonic clock that, on Linux, stops while the machine sleeps; elsewhere a sleep
 * shows as one long step, of which only the first part counts.
 */
export class WatchedTime {
  readonly #clock: () => number
  #counted: number
  #at: number

  /** `counted` milliseconds were counted before. */
  constructor(counted = 0, clock: () => number = () => performance.now()) {
    this.#clock = clock
    this.#counted = counted
    this.#at = clock()
  }

  /** The milliseconds counted up to now. Call it at least once every ten seconds. */
  count(): number {
    const now = this.#clock()
    this.#counted += Math.min(Math.max(now - this.#at, 0), longestStep)
    this.#at = now
    return this.#counted
  }
}

/** Watches until `limit` milliseconds have passed, or until `isOver`. Does not keep its process running. */
export async function watchTime(limit: number, isOver: () => boolean): Promise<'overdue' | 'over'> {
  const time = new WatchedTime()
  for (;;) {
    if (isOver()) return 'over'
    const left = limit - time.count()
    if (left <= 0) return 'overdue'
    await delay(Math.ceil(Math.min(timeoutInterval, left)), undefined, { ref: false })
  }
}
