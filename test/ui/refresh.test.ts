import { getEventListeners } from 'node:events'
import { Writable } from 'node:stream'
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest'
import { pause } from '../../src/ui/pause.ts'
import { startWatch } from '../../src/ui/refresh.ts'
import { countListeners } from './listeners.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})

afterEach(() => {
  vi.useRealTimers()
})

it('a refreshed screen draws at once and then every second, until it is stopped', async () => {
  const screen = fakeScreen()
  let draws = 0
  const watch = startWatch({ stream: screen, render: async () => [`draw ${++draws}`] })
  await vi.advanceTimersByTimeAsync(2500)
  expect(draws).toBe(3)
  expect(screen.shown).toContain('draw 3')
  watch.stop()
  await watch.finished
  await vi.advanceTimersByTimeAsync(5000)
  expect(draws).toBe(3)
})

it('a refreshed screen cuts what does not fit on the screen', async () => {
  const screen = fakeScreen()
  const watch = startWatch({ stream: screen, render: async () => ['one', 'two', 'three', 'four'] })
  await vi.advanceTimersByTimeAsync(0)
  watch.stop()
  await watch.finished
  expect(screen.shown).toContain('one\ntwo\n')
  expect(screen.shown).not.toContain('three')
})

it('a refreshed screen ends with the error of what it draws', async () => {
  const watch = startWatch({ stream: fakeScreen(), render: () => Promise.reject(new Error('broken')) })
  await expect(watch.finished).rejects.toThrow('broken')
})

it('a refreshed screen leaves no listeners in 15 ticks, on which Node would warn on the screen', async () => {
  const warnings: Error[] = []
  const note = (warning: Error) => warnings.push(warning)
  process.on('warning', note)
  onTestFinished(() => void process.off('warning', note))
  const screen = fakeScreen()
  const emitters = [process, process.stdin, process.stdout, screen]
  const before = emitters.map(countListeners)
  let draws = 0
  const watch = startWatch({ stream: screen, render: async () => [`draw ${++draws}`] })
  await vi.advanceTimersByTimeAsync(14_500)
  expect(draws).toBe(15)
  expect(emitters.map(countListeners)).toEqual(before)
  watch.stop()
  await watch.finished
  // Node reports a warning on the next tick.
  await new Promise<void>((resolve) => process.nextTick(resolve))
  expect(warnings).toEqual([])
  expect(screen.shown.match(/draw 7$/gm)).toHaveLength(1)
})

it('a pause that is over, or cut short, leaves no listener on its signal', async () => {
  const end = new AbortController()
  const listeners = () => getEventListeners(end.signal, 'abort').length
  const over = pause(1000, end.signal)
  expect(listeners()).toBe(1)
  await vi.advanceTimersByTimeAsync(1000)
  await over
  expect(listeners()).toBe(0)
  const cut = pause(1000, end.signal)
  end.abort()
  await cut
  await pause(1000, end.signal)
  expect(listeners()).toBe(0)
})

it('on a terminal of 0 columns and rows draws whole lines, as if it had 80 and 24', async () => {
  const screen = fakeScreen({ columns: 0, rows: 0 })
  const watch = startWatch({ stream: screen, render: async () => ['one and more', 'two', 'three'] })
  await vi.advanceTimersByTimeAsync(0)
  watch.stop()
  await watch.finished
  expect(screen.shown).toContain('one and more\ntwo\nthree\n')
})

/** A terminal of three rows by default. */
function fakeScreen({ columns = 80, rows = 3 } = {}) {
  return new (class extends Writable {
    readonly rows = rows
    readonly columns = columns
    shown = ''

    override _write(chunk: Buffer, _: string, done: () => void): void {
      this.shown += chunk.toString('utf8')
      done()
    }
  })()
}
