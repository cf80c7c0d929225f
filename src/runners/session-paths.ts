import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { exitCodes, WorkError } from '../errors.ts'
import { requireTargetInside } from '../files/inside.ts'
import type { SeenSession } from '../process/membership.ts'
import { advice, work } from '../text/hint.ts'

/**
 * The common prefix of a session's files, absolute: `…/logs/01.01.01/2`. Throws a `WorkError` (`no-log`) for a record
 * that does not name them.
 */
export function logBase({ root, record }: SeenSession): string {
  if (record.log !== undefined) return join(root, record.log)
  throw new WorkError(
    `Session ${record.sessionId} has no "log" in tasks.json, so nothing is known about it.`,
    { code: 'no-log', exitCode: exitCodes.unfinished },
  )
}

/** The working folder of the session, absolute. Throws a `WorkError` (`outside`) if a link leads out of the checkout. */
export function workingFolder({ root, record }: SeenSession): string {
  const folder = join(root, record.cwd ?? '.')
  requireTargetInside(root, folder)
  return folder
}

/**
 * The same for a screen, which needs a folder that is there. Throws a `WorkError` (`folder-missing`) if it is not: the
 * clone of a thread that is merged is removed.
 */
export function screenFolder(session: SeenSession): string {
  const folder = workingFolder(session)
  if (existsSync(folder)) return folder
  const { sessionId, cwd = '.' } = session.record
  throw new WorkError(`Session ${sessionId} worked in ${cwd}, which is not there any more.`, {
    code: 'folder-missing',
    hint: advice`${work('session', 'logs', '<thread>')} shows what was logged.`,
    exitCode: exitCodes.unfinished,
  })
}
