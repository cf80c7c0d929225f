import { createLogUpdate } from 'log-update'
import type { Screen } from './live.ts'

/**
 * Draws what `render` gives on a terminal, anew every `intervalMs` and when the terminal changes its size, until
 * `stop`. What does not fit is cut at the bottom. `finished` rejects when `render` does, and resolves after `stop`.
 */
export function startWatch({
  stream,
  render,
  intervalMs = 1000,
}: {
  stream: Screen
  render: () => Promise<string[]>
  intervalMs?: number
}): { stop: () => void; finished: Promise<void> } {
  const update = createLogUpdate(stream, { showCursor: true })
  const end = new AbortController()
  const draw = async () => {
    const lines = await render()
    // The last row stays free for the cursor, or a full screen would scroll. A terminal may say that it has 0 rows.
    if (!end.signal.aborted) update(lines.slice(0, (stream.rows || 24) - 1).join('\n'))
  }
  return { stop: () => end.abort(), finished: repeat(draw, intervalMs, end.signal) }
}

async function repeat(draw: () => Promise<void>, intervalMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await draw()
    await pause(intervalMs, signal)
  }
}

/** Waits; not any longer once the signal comes. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const timer = setTimeout(resolve, ms)
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })
}
