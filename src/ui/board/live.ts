import { createLogUpdate } from 'log-update'
import { renderBoard } from './board.ts'
import type { BoardStore } from './store.ts'
import type { Style } from '../style.ts'
import { columnsOf, rowsOf, sizedScreen, type Screen } from '../terminal-size.ts'
import { boardInterval, clockInterval } from '../waits.ts'

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
  intervalMs = boardInterval,
}: {
  stream: Screen
  store: BoardStore
  now: () => number
  style: Style
  intervalMs?: number
}): { stop: () => void } {
  const update = createLogUpdate(sizedScreen(stream), { showCursor: true })
  let drawnAt = -Infinity
  let isStale = true
  let isOver = false

  const draw = () => {
    isStale = false
    drawnAt = now()
    // The last row stays free for the cursor: a full screen would scroll with every redraw.
    const height = rowsOf(stream) - 1
    const board = renderBoard(store.getSnapshot().context, {
      width: columnsOf(stream),
      height,
      now: drawnAt,
      style,
    })
    update(board.join('\n'))
  }
  const redraw = () => {
    // The terminal has wrapped the old lines again, so how many there are is no longer known.
    stream.write(clearScreen)
    update.done()
    draw()
  }
  const timer = setInterval(() => {
    if (isStale || now() - drawnAt >= clockInterval) draw()
  }, intervalMs)
  const subscription = store.subscribe(() => {
    isStale = true
  })
  const restoreCursor = () => stream.write(showCursor)
  // Ctrl-Z: the shell gets a cursor, and after `fg` the board starts again below what was typed in between.
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
    stream.off('error', end)
    stream.off('resize', redraw)
    process.off('exit', restoreCursor)
    process.off('SIGTSTP', suspend)
    process.off('SIGCONT', resume)
  }

  surviveErrors(stream)
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
        width: columnsOf(stream),
        height: Infinity,
        now: now(),
        style,
        final: true,
      })
      stream.write(`${board.join('\n')}\n${showCursor}`)
    },
  }
}

/** Screens that have a listener for errors. */
const survivors = new WeakSet<Screen>()

/** A closed terminal or pipe may report EPIPE after the board has ended. One listener for that is enough for all boards. */
function surviveErrors(stream: Screen): void {
  if (survivors.has(stream)) return
  survivors.add(stream)
  stream.on('error', () => undefined)
}

const hideCursor = '\u001B[?25l'
const showCursor = '\u001B[?25h'
const clearScreen = '\u001B[2J\u001B[H'
