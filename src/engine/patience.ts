import { setTimeout as delay } from 'node:timers/promises'
import { WorkError } from '../errors.ts'

/** Milliseconds for which a run, and what an agent reports, waits for a state file that is gone or can't be read. */
export const statePatience = 10_000

/** Milliseconds between two looks at a state file that is waited for. */
const lookInterval = 100

/** What is said of state files that `git stash`, `git checkout` and the like take away for a moment. */
const passing: ReadonlySet<string> = new Set([
  'state-gone',
  'thread-missing',
  'not-initialized',
  'stream-not-found',
  'file-unreadable',
  'file-broken',
  'file-conflict',
  'file-invalid',
  'file-version',
  'file-lossy',
  'file-too-deep',
])

/** Whether an error says that a state file is not there, or not as `work` writes it. */
export function isStateLoss(error: unknown): error is WorkError {
  return error instanceof WorkError && passing.has(error.code)
}

export interface Patience {
  /** Milliseconds. */
  patience?: number | undefined
  /** Called with why when waiting begins, and with undefined when it is over. */
  waits: (why: WorkError | undefined) => void
}

/**
 * Does something that needs a state file; while that is gone or can't be read, tries again, for some seconds. Throws what
 * the last try threw.
 */
export async function patiently<T>(
  action: () => T | Promise<T>,
  { patience = statePatience, waits }: Patience,
): Promise<T> {
  const end = performance.now() + patience
  let isWaiting = false
  try {
    for (;;) {
      try {
        return await action()
      } catch (error) {
        if (!isStateLoss(error) || performance.now() >= end) throw error
        if (!isWaiting) waits(error)
        isWaiting = true
      }
      await delay(lookInterval)
    }
  } finally {
    if (isWaiting) waits(undefined)
  }
}
