import type { SessionRecord } from '../../machines/session.ts'
import { WorkError } from '../errors.ts'
import { parentId } from '../ids.ts'
import type { ThreadFacts } from './thread.ts'
import { advice, work } from '../text/hint.ts'

/** An attempt at a thread: its session and number. */
export interface Attempt {
  number: number
  session: SessionRecord
}

/** The attempts at a thread, oldest first. Records of version 1 have no number: they are counted. */
export function attemptsOf({ sessions }: Pick<ThreadFacts, 'sessions'>): Attempt[] {
  return sessions.map((session, index) => ({ number: session.attempt ?? index + 1, session }))
}

/** The requested attempt, or the last one. Throws a `WorkError` (`attempt-not-found`) that lists the attempts. */
export function requireAttempt(thread: ThreadFacts, number: number | undefined): Attempt {
  const attempts = attemptsOf(thread)
  const found = attempts.findLast((attempt) => number === undefined || attempt.number === number)
  if (found !== undefined) return found
  const name = `Thread ${thread.id} "${thread.name}"`
  if (attempts.length === 0) {
    throw new WorkError(`${name} has no session yet.`, {
      code: 'attempt-not-found',
      hint: advice`${work('run', thread.id)}, or ${work('run', parentId(thread.id, 'batch'))}`,
    })
  }
  const numbers = [...new Set(attempts.map((attempt) => attempt.number))].join(', ')
  throw new WorkError(`${name} has no attempt ${number}. There are: ${numbers}.`, {
    code: 'attempt-not-found',
    hint: advice`${work('status', '--sessions')} shows each attempt.`,
  })
}
