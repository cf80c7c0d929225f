import { Writable } from 'node:stream'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { startLive } from '../../../src/ui/board/live.ts'
import { createStyle } from '../../../src/ui/style.ts'
import { boardStore, row, startedAt } from './board-rows.ts'
import { countListeners } from '../listeners.ts'

const style = createStyle({ color: false, unicode: true })

beforeEach(() => {
  vi.useFakeTimers({ now: startedAt, toFake: ['Date', 'setInterval', 'clearInterval'] })
})

afterEach(() => {
  vi.useRealTimers()
})

it('the live board draws at once, then at most ten times a second however much happens', () => {
  const { screen, frames } = fakeScreen()
  const store = boardStore(row({ status: 'running' }))
  const live = startLive({ stream: screen, store, now: Date.now, style })
  expect(frames()).toBe(1)
  for (let tick = 0; tick < 1000; tick += 1) {
    store.trigger.output({ id: '01.01.01', line: `line ${tick}` })
    vi.advanceTimersByTime(1)
  }
  expect(frames()).toBe(11)
  expect(screen.shown).toContain('line 999')
  live.stop()
})

it('the live board moves its clocks once a second while nothing happens', () => {
  const { screen, frames } = fakeScreen()
  const live = startLive({ stream: screen, store: boardStore(row({})), now: Date.now, style })
  vi.advanceTimersByTime(3000)
  expect(frames()).toBe(4)
  expect(screen.shown).toContain('· 3s ·')
  live.stop()
})

it('the live board hides the cursor, and leaves the final board with every thread, and the cursor', () => {
  const { screen } = fakeScreen({ rows: 10 })
  const exits = process.listenerCount('exit')
  const rows = Array.from({ length: 30 }, (_, index) => row({ id: `01.01.${index + 10}` }))
  const live = startLive({ stream: screen, store: boardStore(...rows), now: Date.now, style })
  expect(screen.shown.startsWith('\u001B[?25l')).toBe(true)
  expect(screen.shown).not.toContain('01.01.39')
  live.stop()
  live.stop()
  expect(screen.shown).toContain('01.01.39')
  expect(screen.shown.endsWith('30 waiting\n\u001B[?25h')).toBe(true)
  expect(process.listenerCount('exit')).toBe(exits)
  expect(vi.getTimerCount()).toBe(0)
})

it('the live board draws again on a clear screen when the terminal changes its size', () => {
  const { screen } = fakeScreen()
  const live = startLive({ stream: screen, store: boardStore(row({})), now: Date.now, style })
  screen.shown = ''
  screen.columns = 40
  screen.emit('resize')
  expect(screen.shown.startsWith('\u001B[2J\u001B[H005-session')).toBe(true)
  live.stop()
  expect(screen.listenerCount('resize')).toBe(0)
})

it('a terminal that goes away ends the drawing and nothing else', async () => {
  const { screen, frames } = fakeScreen()
  const store = boardStore(row({}))
  const live = startLive({ stream: screen, store, now: Date.now, style })
  const closed = new Promise((resolve) => {
    screen.on('close', resolve)
  })
  screen.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
  store.trigger.message({ text: 'drawn into the void' })
  vi.advanceTimersByTime(200)
  await closed
  expect(vi.getTimerCount()).toBe(0)
  live.stop()
  expect(frames()).toBe(1)
})

function fakeScreen(size: { rows?: number } = {}) {
  const terminal = new Writable({
    write: (chunk, _encoding, done) => {
      screen.shown += String(chunk)
      done()
    },
  })
  const screen = Object.assign(terminal, { columns: 80, rows: 24, shown: '', ...size })
  return { screen, frames: () => screen.shown.split('005-session-tracking 01.01').length - 1 }
}

it('15 boards in a row leave only one listener, for errors', () => {
  const { screen } = fakeScreen()
  const before = [countListeners(process), countListeners(screen)]
  for (let run = 0; run < 15; run += 1) {
    startLive({ stream: screen, store: boardStore(row({})), now: Date.now, style }).stop()
  }
  expect([countListeners(process), countListeners(screen)]).toEqual([before[0], (before[1] ?? 0) + 1])
})
