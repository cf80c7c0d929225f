import { setTimeout as delay } from 'node:timers/promises'
import { WorkError } from '../errors.ts'
import { stateFileInterval, stateFilePatience } from './waits.ts'

/** Error codes of state files that `git stash`, `git checkout` and similar commands remove for a moment. */
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

/** Whether an error means that a state file is missing, or not as `work` writes it. */
export function isStateLoss(error: unknown): error is WorkError {
  return error instanceof WorkError && passing.has(error.code)
}

export interface Patience {
  /** Milliseconds. */
  patience?: number | undefined
  /** Called with the reason when waiting begins, and with undefined when it is over. */
  waits: (why: WorkError | undefined) => void
}

/**
 * Runs an action that needs a state file. While that is missing or unreadable, retries for some seconds, then throws
 * the last error.
 */
export async function patiently<T>(
  action: () => T | Promise<T>,
  { patience = stateFilePatience, waits }: Patience,
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
      await delay(stateFileInterval)
    }
  } finally {
    if (isWaiting) waits(undefined)
  }
}
