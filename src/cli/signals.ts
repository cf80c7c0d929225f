import type { ThreadView } from '../engine/thread-actor.ts'
import type { Run } from '../engine/run-context.ts'
import { counted } from '../text/plural.ts'
import { onKeyPress } from './key-press.ts'
import { noteHangUp } from './broken-pipe.ts'
import type { RunView } from './commands/run/display.ts'
import { stopNoticeDelay } from './waits.ts'

/** How many threads are named in one line. */
const most = 2

let isHurried = false

/** Whether the user has pressed Ctrl-C twice: what is still under way then is not waited for. */
export function isInHurry(): boolean {
  return isHurried
}

/**
 * What signals do to a run. Ctrl-C (or SIGTERM) stops it: no new threads, and the running sessions are stopped politely; a
 * second time, at once; signals of the same moment are one. SIGHUP, when the terminal is gone, leaves it: the agents keep running.
 */
export function handleSignals(run: Run, view: RunView): { stop(): void } {
  let teller: NodeJS.Timeout | undefined
  const tell = () => {
    const live = run.live()
    if (live.length > 0) view.say(`Waiting for the end of ${describeLive(live)}`)
  }
  const interrupt = () => {
    isHurried = teller !== undefined
    clearTimeout(teller)
    view.say(
      isHurried
        ? 'Stopping the sessions immediately.'
        : 'Stopping the sessions. Ctrl-C again to stop them immediately.',
    )
    if (!isHurried) teller = setTimeout(tell, stopNoticeDelay)
    run.interrupt(isHurried)
  }
  const leave = () => {
    noteHangUp()
    run.leave()
  }
  const signals = onKeyPress({ SIGINT: interrupt, SIGTERM: interrupt, SIGHUP: leave })
  return {
    stop: () => {
      clearTimeout(teller)
      signals.stop()
    },
  }
}

/** Which sessions have not ended, and where they can be found. */
function describeLive(live: readonly ThreadView[]): string {
  const named = live.slice(0, most).map(({ id, session }) => {
    const pid = session?.process?.pid
    return `${id} (${pid === undefined ? (session?.runner ?? 'starting') : `process ${pid}`})`
  })
  const rest = live.length - named.length
  return [...named, ...(rest === 0 ? [] : [counted(rest, 'more thread')])].join(', ')
}
