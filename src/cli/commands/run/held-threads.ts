import type { BlockedThread, HeldThread } from '../../../engine/run-plan.ts'
import { formatMoment } from '../../../text/dates.ts'
import { oneLine } from '../../../text/sanitize.ts'
import { describeForeign, wayOutOf } from '../../../threads/foreign.ts'
import { advice, work } from '../../../text/hint.ts'
import type { OutputLine } from '../../output.ts'

/** A line for each thread that can't be run yet. */
export function describeHeld(held: readonly HeldThread[]): OutputLine[] {
  return held.flatMap(({ id, name, retryAt, foreign }) => {
    const onHold = `Thread ${id} "${oneLine(name)}" is on hold:`
    return foreign === undefined
      ? [`${onHold} its provider is rate-limited until ${formatMoment(retryAt)}.`]
      : [`${onHold} its session ${oneLine(describeForeign(foreign))}.`, { next: wayOutOf(id, foreign) }]
  })
}

/** A line for each thread with a blocked task, and the command that lets the first of them run again. */
export function describeBlocked(here: string[], blocked: readonly BlockedThread[]): OutputLine[] {
  const [task = ''] = blocked[0]?.tasks ?? []
  return [
    ...blocked.map(
      ({ id, name, tasks }) => `Thread ${id} "${oneLine(name)}" is on hold: blocked at ${tasks.join(', ')}.`,
    ),
    {
      next: advice`${work('update', '--task', task, '--status', 'pending', ...here)}   when it can continue`,
    },
  ]
}
