import { createLogUpdate } from 'log-update'
import { pause } from './pause.ts'
import { rowsOf, sizedScreen, type Screen } from './terminal-size.ts'
import { watchInterval } from './waits.ts'

/**
 * Draws what `render` returns on a terminal, again every `intervalMs` and when the terminal changes its size, until
 * `stop`. What does not fit is cut at the bottom. `finished` rejects when `render` does, and resolves after `stop`.
 */
export function startWatch({
  stream,
  render,
  intervalMs = watchInterval,
  isOver = () => false,
}: {
  stream: Screen
  render: () => Promise<string[]>
  intervalMs?: number
  /** Asked after each time: what is drawn then stays, and nothing more is drawn. */
  isOver?: () => boolean
}): { stop: () => void; finished: Promise<void> } {
  const update = createLogUpdate(sizedScreen(stream), { showCursor: true })
  const end = new AbortController()
  const draw = async () => {
    const lines = await render()
    // The last row stays free for the cursor, or a full screen would scroll.
    if (!end.signal.aborted) update(lines.slice(0, rowsOf(stream) - 1).join('\n'))
  }
  return { stop: () => end.abort(), finished: repeat(draw, intervalMs, { signal: end.signal, isOver }) }
}

async function repeat(
  draw: () => Promise<void>,
  intervalMs: number,
  { signal, isOver }: { signal: AbortSignal; isOver: () => boolean },
): Promise<void> {
  while (!signal.aborted) {
    await draw()
    if (isOver()) return
    await pause(intervalMs, signal)
  }
}
