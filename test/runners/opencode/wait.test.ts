import { EventEmitter } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, it, vi } from 'vitest'
import { waitFor } from '../../../src/runners/opencode/wait.ts'

it('a wait ends with its event, and removes its listener', async () => {
  const emitter = new EventEmitter()
  const waiting = waitFor(emitter, 'news', 60_000, new AbortController().signal)
  await turn()
  emitter.emit('news')
  await waiting
  expect(emitter.listenerCount('news')).toBe(0)
})

it('a wait lasts no longer than the given time', async () => {
  vi.useFakeTimers()
  try {
    const emitter = new EventEmitter()
    const over = vi.fn<() => void>()
    const waiting = waitFor(emitter, 'news', 5000, new AbortController().signal).then(over)
    await vi.advanceTimersByTimeAsync(4999)
    expect(over).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    await waiting
    expect(emitter.listenerCount('news')).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})

it('throws the reason of an abort, before and during the wait', async () => {
  const emitter = new EventEmitter()
  const off = new AbortController()
  const waiting = waitFor(emitter, 'news', 60_000, off.signal)
  off.abort(new Error('called off'))
  await expect(waiting).rejects.toThrow('called off')
  await expect(waitFor(emitter, 'news', 60_000, off.signal)).rejects.toThrow('called off')
  expect(emitter.listenerCount('news')).toBe(0)
})
