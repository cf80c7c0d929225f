import { Writable } from 'node:stream'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { startWatch } from '../../src/ui/watch.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})

afterEach(() => {
  vi.useRealTimers()
})

it('draws at once and then every second, until it is stopped', async () => {
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

it('cuts what does not fit on the screen', async () => {
  const screen = fakeScreen()
  const watch = startWatch({ stream: screen, render: async () => ['one', 'two', 'three', 'four'] })
  await vi.advanceTimersByTimeAsync(0)
  watch.stop()
  await watch.finished
  expect(screen.shown).toContain('one\ntwo\n')
  expect(screen.shown).not.toContain('three')
})

it('ends with the error of what it draws', async () => {
  const watch = startWatch({ stream: fakeScreen(), render: () => Promise.reject(new Error('broken')) })
  await expect(watch.finished).rejects.toThrow('broken')
})

/** A terminal of three rows. */
function fakeScreen() {
  return new (class extends Writable {
    readonly rows = 3
    readonly columns = 80
    shown = ''

    override _write(chunk: Buffer, _: string, done: () => void): void {
      this.shown += chunk.toString('utf8')
      done()
    }
  })()
}
