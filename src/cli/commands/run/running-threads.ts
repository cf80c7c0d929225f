import { describeForeign, wayOutOf } from '../../../threads/foreign.ts'
import { describeHolder, type RunningThread } from '../../../threads/leases.ts'
import { oneLine } from '../../../text/sanitize.ts'
import { advice, work, type Hint } from '../../../text/hint.ts'

/** A line for each thread that runs: who looks after it, so that one can wait for that process, or stop it. */
export function describeRunning(threads: readonly RunningThread[]): string[] {
  return threads.map(({ id, name, holder, foreign }) => {
    if (foreign !== undefined) {
      return `  ${id} "${oneLine(name)}", whose session ${oneLine(describeForeign(foreign))}`
    }
    const who = holder === null ? 'without a supervisor' : `by ${oneLine(describeHolder(holder))}`
    return `  ${id} "${oneLine(name)}", ${who}`
  })
}

/** The command that is of use while these run; `here` is the flag that names their workstream, or nothing. */
export function nextWhileRunning(here: string[], threads: readonly RunningThread[]): Hint {
  const [other] = threads
  if (other?.foreign !== undefined) return wayOutOf(other.id, other.foreign)
  return threads.every(({ holder }) => holder === null)
    ? advice`${work('continue', ...here)} supervises them again.`
    : advice`${work('status', '--watch', ...here)} shows their progress.`
}
