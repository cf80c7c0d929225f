import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type * as keyPress from '../../src/cli/key-press.ts'
import type { SignalActions } from '../../src/cli/key-press.ts'
import { keyPressSpan } from '../../src/cli/waits.ts'

/** The module as a process has it that has just started: no key was pressed. */
let onKeyPress: typeof keyPress.onKeyPress

beforeEach(async () => {
  vi.resetModules()
  ;({ onKeyPress } = await import('../../src/cli/key-press.ts'))
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] })
})

afterEach(() => {
  vi.useRealTimers()
})

/** What was acted on. */
function watchKeys(source: EventEmitter) {
  const seen: string[] = []
  const actions: SignalActions = {
    SIGINT: () => seen.push('SIGINT'),
    SIGTERM: () => seen.push('SIGTERM'),
    SIGHUP: () => seen.push('SIGHUP'),
  }
  return { seen, keys: onKeyPress(actions, source) }
}

test.each([
  [['SIGINT', 'SIGINT'], ['SIGINT']],
  [['SIGINT', 'SIGTERM', 'SIGINT'], ['SIGINT']],
  [['SIGTERM', 'SIGHUP'], ['SIGTERM']],
  [['SIGHUP', 'SIGTERM'], ['SIGHUP']],
])('signals %j five milliseconds apart are one key press: %j', (signals, acted) => {
  const source = new EventEmitter()
  const { seen } = watchKeys(source)
  for (const signal of signals) {
    source.emit(signal)
    vi.advanceTimersByTime(5)
  }
  expect(seen).toEqual(acted)
})

test('a signal after the moment is the next key press, however many came within it', () => {
  const source = new EventEmitter()
  const { seen } = watchKeys(source)
  source.emit('SIGINT')
  for (let at = 50; at < keyPressSpan; at += 50) {
    vi.advanceTimersByTime(50)
    source.emit('SIGINT')
  }
  expect(seen).toHaveLength(1)
  vi.advanceTimersByTime(50)
  source.emit('SIGINT')
  expect(seen).toHaveLength(2)
})

test('a clock that is set neither joins nor parts key presses', () => {
  const source = new EventEmitter()
  const { seen } = watchKeys(source)
  source.emit('SIGINT')
  vi.setSystemTime(Date.now() + 86_400_000)
  source.emit('SIGINT')
  expect(seen).toHaveLength(1)
})

test('after stop the rest of the moment still does nothing, and then no listener is left', () => {
  const source = new EventEmitter()
  const { seen, keys } = watchKeys(source)
  source.emit('SIGINT')
  keys.stop()
  expect(source.listenerCount('SIGINT')).toBe(1)
  source.emit('SIGINT')
  // As a run that follows at once: it is the same key press.
  const next = watchKeys(source)
  source.emit('SIGINT')
  expect([seen, next.seen]).toEqual([['SIGINT'], []])
  next.keys.stop()
  vi.advanceTimersByTime(keyPressSpan)
  expect(source.eventNames()).toEqual([])
})

test('15 runs in a row leave no listeners', () => {
  const source = new EventEmitter()
  for (let run = 0; run < 15; run += 1) watchKeys(source).keys.stop()
  expect(source.eventNames()).toEqual([])
})
