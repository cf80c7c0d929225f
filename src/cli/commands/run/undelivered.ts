import { cloneOf } from '../../../threads/clone-view.ts'
import type { ThreadFacts } from '../../../threads/thread.ts'
import { work } from '../../../text/hint.ts'
import { describeStop } from '../../../ui/delivery.ts'
import type { OutputLine } from '../../output.ts'

/** Why the work of these threads was not merged or verified, each with the next step; `here` names the workstream. */
export function describeStops(
  ids: readonly string[],
  threads: readonly ThreadFacts[],
  here: readonly string[],
): OutputLine[] {
  const names = new Map(threads.map(({ id, name }) => [id, name]))
  return threads
    .filter(({ id }) => ids.includes(id))
    .flatMap((thread) => {
      const { id, name, delivery } = thread
      const lines = describeStop({ id, name, delivery, clone: cloneOf(thread) }, names)
      return lines.length === 0 ? [] : ['', ...lines, { next: work('fix', '--thread', id, ...here) }]
    })
}
