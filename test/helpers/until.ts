import { vi } from 'vitest'

/** Longer than anything takes on a machine that is very busy, and shorter than a test may take. */
const patience = 60_000

/** Waits until `condition` gives something that holds, and gives that; fails with `what` it was when it never does. */
export async function until<Value>(
  condition: () => Value | Promise<Value>,
  what: string | (() => string) = String(condition),
): Promise<Exclude<Value, false | '' | 0 | null | undefined>> {
  try {
    return await vi.waitUntil(condition, { timeout: patience, interval: 10 })
  } catch (cause) {
    throw new Error(`Waited in vain for: ${typeof what === 'string' ? what : what()}`, { cause })
  }
}
