import { WorkError } from '../errors.ts'
import { isUnder, parentId } from '../ids.ts'
import type { ThreadFacts } from './thread.ts'
import { work } from '../text/hint.ts'

/** The thread with this id. Throws a `WorkError` (`thread-not-found`) that lists those of its batch, or all. */
export function requireThread(threads: ThreadFacts[], id: string): ThreadFacts {
  const thread = threads.find((one) => one.id === id)
  if (thread !== undefined) return thread
  const siblings = threads.filter((one) => isUnder(one.id, parentId(id, 'batch')))
  const near = (siblings.length > 0 ? siblings : threads).slice(0, 8).map((one) => `${one.id} ${one.name}`)
  throw new WorkError(`Thread ${id} not found in tasks.json. Nearest: ${near.join(', ')}.`, {
    code: 'thread-not-found',
    hint: work('tree'),
  })
}
