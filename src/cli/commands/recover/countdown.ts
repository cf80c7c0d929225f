import { formatMoment } from '../../../text/dates.ts'
import { pause } from '../../../ui/pause.ts'
import { formatDuration } from '../../../ui/durations.ts'
import { now, type CommonOptions } from '../../context.ts'
import { onKeyPress } from '../../key-press.ts'
import { canAsk } from '../../interactive.ts'
import { say } from '../../output.ts'

/** Waits until an ISO time, with a countdown on a terminal; `cancelled` when the user presses Ctrl-C. */
export async function waitUntil(
  iso: string,
  what: string,
  options: CommonOptions,
): Promise<'elapsed' | 'cancelled'> {
  const end = Date.parse(iso)
  const left = () => Math.max(0, end - now().getTime())
  say(`${what} until ${formatMoment(iso)}.`)
  const interrupt = new AbortController()
  const stop = () => interrupt.abort()
  const signals = onKeyPress({ SIGINT: stop, SIGTERM: stop })
  const shown = canAsk(options)
    ? await showCountdown(() => `${formatDuration(left())} left. Ctrl-C to stop.`)
    : undefined
  try {
    while (left() > 0 && !interrupt.signal.aborted) await pause(left(), interrupt.signal)
    return interrupt.signal.aborted ? 'cancelled' : 'elapsed'
  } finally {
    shown?.stop()
    await shown?.finished
    signals.stop()
  }
}

/** Loads what shows a countdown, for a run after which there may be one. */
export function loadWatch() {
  return import('../../../ui/refresh.ts')
}

async function showCountdown(line: () => string) {
  const { startWatch } = await loadWatch()
  return startWatch({ stream: process.stdout, render: () => Promise.resolve([line()]) })
}
