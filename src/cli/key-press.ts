import type { EventEmitter } from 'node:events'
import { keyPressSpan } from './waits.ts'

/** What to do at a signal. */
export type SignalActions = Partial<Record<'SIGINT' | 'SIGTERM' | 'SIGHUP', () => void>>

/** When the last key was pressed, in milliseconds of a clock that nobody sets. */
let pressedAt = -Infinity

/**
 * Acts on signals, once for each key press. After `stop`, a signal of the same moment still does nothing, instead of
 * ending this process before it has reported.
 */
export function onKeyPress(actions: SignalActions, source: EventEmitter = process): { stop: () => void } {
  const listeners = Object.entries(actions).map(([signal, act]) => ({ signal, listener: oncePerPress(act) }))
  for (const { signal, listener } of listeners) source.on(signal, listener)
  return {
    stop: () => {
      const left = pressedAt + keyPressSpan - performance.now()
      if (left > 0) ignoreFor(left, Object.keys(actions), source)
      for (const { signal, listener } of listeners) source.off(signal, listener)
    },
  }
}

function oncePerPress(act: () => void): () => void {
  return () => {
    const at = performance.now()
    if (at - pressedAt < keyPressSpan) return
    pressedAt = at
    act()
  }
}

/** A process that has nothing else to do does not wait for the end of the moment. */
function ignoreFor(ms: number, signals: readonly string[], source: EventEmitter): void {
  for (const signal of signals) source.on(signal, ignore)
  setTimeout(() => {
    for (const signal of signals) source.off(signal, ignore)
  }, ms).unref()
}

function ignore(): void {}
