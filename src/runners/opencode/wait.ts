import type { EventEmitter } from 'node:events'

/**
 * Resolves when `emitter` emits `event`, or after `ms` milliseconds; throws when `signal` aborts. Uses its own timer:
 * the result of `AbortSignal.any` with a timeout may be garbage-collected before it aborts, and then never does.
 */
export async function waitFor(
  emitter: EventEmitter,
  event: string,
  ms: number,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted()
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer)
      emitter.off(event, done)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    emitter.on(event, done)
    signal.addEventListener('abort', done)
  })
  signal.throwIfAborted()
}
