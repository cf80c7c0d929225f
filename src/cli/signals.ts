import type { Run } from '../engine/run-world.ts'
import type { RunView } from './run-view.ts'

/**
 * What signals do to a run. Ctrl-C (or SIGTERM) stops it: no new threads, and the live sessions are ended politely; a
 * second time, at once. SIGHUP, when the terminal is gone, leaves it: the agents live on.
 */
export function handleSignals(run: Run, view: RunView): { stop(): void } {
  let isStopping = false
  const interrupt = () => {
    view.say(
      isStopping
        ? 'Ending the sessions at once.'
        : 'Stopping: sessions are being ended. Ctrl-C again ends them at once.',
    )
    run.interrupt(isStopping)
    isStopping = true
  }
  const leave = () => run.leave()
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  process.on('SIGHUP', leave)
  return {
    stop: () => {
      process.off('SIGINT', interrupt)
      process.off('SIGTERM', interrupt)
      process.off('SIGHUP', leave)
    },
  }
}
