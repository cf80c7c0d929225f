import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { SessionRecord } from '../../machines/session.ts'
import { isElsewhere } from './origin.ts'

/** What is left to do when a session can't be gone on with. */
export const retryInstead = 'a retry starts a new one with the open tasks'

/**
 * Why a session can't be gone on with, whatever the runner of this name would say of it, as a sentence; null when
 * nothing speaks against it. `root` is the repository that its folder lies in.
 */
export function refusalByRecord(runner: string, root: string, session: SessionRecord): string | null {
  const { sessionId, runner: ranOn, cwd = '.' } = session
  if (ranOn === undefined) {
    return `Session ${sessionId} is from an earlier version, which did not record what it ran on; ${retryInstead}.`
  }
  if (ranOn !== runner) {
    return `Session ${sessionId} ran on ${ranOn}, and its agent now runs on ${runner}; ${retryInstead}.`
  }
  if (session.origin !== undefined && isElsewhere(session, root)) {
    return `Session ${sessionId} belongs to another checkout, ${session.origin.root}; ${retryInstead}.`
  }
  if (!existsSync(join(root, cwd))) {
    return `The folder ${cwd}, in which session ${sessionId} worked, is gone; ${retryInstead}.`
  }
  return null
}
