import { createLogUpdate } from 'log-update'
import { renderBoard } from './board.ts'
import type { BoardStore } from './board-store.ts'
import type { Style } from './style.ts'

/** The terminal the board is drawn on: `process.stdout`, or what a test gives. */
export type Screen = NodeJS.WritableStream & { columns?: number; rows?: number }

/**
 * Draws the board of a run on a terminal and keeps it up to date: after changes, but at most once per
 * `intervalMs`, and every second for the clocks. `stop` leaves the finished board, with every thread, on
 * screen. A terminal that goes away ends the drawing and nothing else.
 */
export function startLive({
  stream,
  store,
  now,
  style,
  intervalMs = 100,
}: {
  stream: Screen
  store: BoardStore
  now: () => number
  style: Style
  intervalMs?: number
}): { stop: () => void } {
  const update = createLogUpdate(stream, { showCursor: true })
  let drawnAt = -Infinity
  let isStale = true
  let isOver = false

  const draw = () => {
    isStale = false
    drawnAt = now()
    // The last row stays free for the cursor: a full screen would scroll with every redraw.
    const height = (stream.rows || 24) - 1
    const board = renderBoard(store.getSnapshot().context, {
      width: widthOf(stream),
      height,
      now: drawnAt,
      style,
    })
    update(board.join('\n'))
  }
  const redraw = () => {
    // The terminal has wrapped the old lines anew, so how many there are is no longer known.
    stream.write(clearScreen)
    update.done()
    draw()
  }
  const timer = setInterval(() => {
    if (isStale || now() - drawnAt >= clockMs) draw()
  }, intervalMs)
  const subscription = store.subscribe(() => {
    isStale = true
  })
  const restoreCursor = () => stream.write(showCursor)
  // Ctrl-Z: the shell gets a cursor, and after `fg` the board begins anew below what was typed meanwhile.
  const suspend = () => {
    restoreCursor()
    process.once('SIGCONT', resume)
    process.kill(process.pid, 'SIGSTOP')
  }
  const resume = () => {
    if (isOver) return
    stream.write(hideCursor)
    update.done()
    draw()
  }
  const end = () => {
    isOver = true
    clearInterval(timer)
    subscription.unsubscribe()
    stream.off('resize', redraw)
    process.off('exit', restoreCursor)
    process.off('SIGTSTP', suspend)
    process.off('SIGCONT', resume)
  }

  // A closed terminal or pipe reports EPIPE here, possibly after `stop`, so this listener stays.
  stream.on('error', end)
  stream.on('resize', redraw)
  process.on('exit', restoreCursor)
  process.on('SIGTSTP', suspend)
  stream.write(hideCursor)
  draw()

  return {
    stop: () => {
      if (isOver) return
      end()
      update.clear()
      const context = store.getSnapshot().context
      const board = renderBoard(context, {
        width: widthOf(stream),
        height: Infinity,
        now: now(),
        style,
        final: true,
      })
      stream.write(`${board.join('\n')}\n${showCursor}`)
    },
  }
}

const clockMs = 1000
const hideCursor = '\u001B[?25l'
const showCursor = '\u001B[?25h'
const clearScreen = '\u001B[2J\u001B[H'

function widthOf(stream: Screen): number {
  return stream.columns || 80
}
