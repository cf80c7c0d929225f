import { setTimeout as delay } from 'node:timers/promises'

/** Longer than anything takes on a machine that is very busy, and shorter than a test may take. Milliseconds. */
const patience = 60_000
/** Milliseconds between two looks. */
const interval = 10

/** Waits until `condition` gives something that holds, and gives that; fails with `what` it was when it never does. */
export async function until<Value>(
  condition: () => Value | Promise<Value>,
  what: string | (() => string) = String(condition),
): Promise<Exclude<Value, false | '' | 0 | null | undefined>> {
  const end = performance.now() + patience
  for (;;) {
    const value = await condition()
    if (isGiven(value)) return value
    if (performance.now() > end)
      throw new Error(`Waited in vain for: ${typeof what === 'string' ? what : what()}`)
    await delay(interval)
  }
}

function isGiven<Value>(value: Value): value is Exclude<Value, false | '' | 0 | null | undefined> {
  return Boolean(value)
}
