import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { SessionRecord } from '../../machines/session.ts'
import { isElsewhere } from '../process/origin.ts'

/** The alternative if a session can't be resumed. */
export const retryInstead = 'Retry starts a new session with the open tasks.'

/**
 * Why a session can't be resumed, independent of what its runner would say, as a sentence; null if nothing prevents
 * it. `root` is the repository that contains its folder.
 */
export function refusalByRecord(runner: string, root: string, session: SessionRecord): string | null {
  const { sessionId, runner: ranOn, cwd = '.' } = session
  if (ranOn === undefined) {
    return `Session ${sessionId} is from an earlier version, which did not record its runner. ${retryInstead}`
  }
  if (ranOn !== runner) {
    return `Session ${sessionId} ran on ${ranOn}, but its agent now runs on ${runner}. ${retryInstead}`
  }
  if (session.origin !== undefined && isElsewhere(session, root)) {
    return `Session ${sessionId} belongs to another checkout, ${session.origin.root}. ${retryInstead}`
  }
  if (!existsSync(join(root, cwd))) {
    return `The working folder ${cwd} of session ${sessionId} no longer exists. ${retryInstead}`
  }
  return null
}
