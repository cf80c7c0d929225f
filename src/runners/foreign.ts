import { exitCodes, WorkError } from '../errors.ts'
import { describeForeign } from '../process/origin.ts'
import type { SeenSession } from '../process/membership.ts'
import type { Look, OwnLook } from './evidence.ts'
import { advice, work } from '../text/hint.ts'

/**
 * What was seen of a session, if this checkout may act on it. Throws a `WorkError` (`session-elsewhere`,
 * `session-unknown`) for a foreign one.
 */
export function requireOwn(session: SeenSession, look: Look): OwnLook {
  if (look.type !== 'elsewhere' && look.type !== 'unknown') return look
  throw new WorkError(`Session ${session.record.sessionId} ${describeForeign(look)}.`, {
    code: `session-${look.type}`,
    hint: advice`${work('status')} shows what you can do.`,
    exitCode: exitCodes.unfinished,
  })
}
