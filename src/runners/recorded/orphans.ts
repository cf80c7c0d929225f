import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { ProcessIdentity } from '../../../machines/session.ts'
import { removeDrafts } from '../../files/drafts.ts'
import { WorkError } from '../../errors.ts'
import { isAlive, signalGroup, signalProcess } from '../../process/identity.ts'
import { filesOf, knownStart } from './inspect.ts'
import { findByToken, isMember, isSessionGroup, type SeenSession } from '../../process/membership.ts'
import type { Evidence } from '../evidence.ts'
import { strayGrace, strayInterval, strayKillPatience } from './waits.ts'

/**
 * Signals the session: the group of its agent if that belongs to the session, otherwise each process with its token. A
 * start file may name any process; processes of others are left alone.
 */
export function signalSession(
  session: SeenSession,
  agent: ProcessIdentity | null,
  signal: NodeJS.Signals,
): void {
  if (agent !== null && isSessionGroup(session, agent)) signalGroup(agent.pid, signal)
  else signalStrays(session, signal)
}

/**
 * Ends what an ended session has started outside of its group, such as a server with its own process session, found by
 * its environment. SIGTERM first; after `grace` milliseconds SIGKILL.
 */
export async function endStrays(session: SeenSession, grace: number): Promise<void> {
  const end = performance.now() + grace
  if (grace > 0) signalStrays(session, 'SIGTERM')
  while (performance.now() < end && straysOf(session).length > 0) await delay(strayInterval)
  signalStrays(session, 'SIGKILL')
  const gone = performance.now() + strayKillPatience
  while (performance.now() < gone && straysOf(session).length > 0) await delay(strayInterval)
}

function signalStrays(session: SeenSession, signal: NodeJS.Signals): void {
  for (const pid of straysOf(session)) signalProcess(pid, signal)
}

/**
 * Ends the remaining processes of a session that is gone without a record of its end, because they would compete with
 * the next session of the thread. If the end was recorded, the recorder has done this, or is doing it: `endsStrays`
 * says that nothing of the session may outlive it. Also removes unfinished files
 * of a killed recorder: no later session of the thread may do so.
 */
export async function endRest(session: SeenSession, evidence: Evidence, endsStrays = false): Promise<void> {
  if (evidence.type === 'gone' || endsStrays) await endStrays(session, strayGrace)
  if (session.record.log !== undefined) removeDrafts(dirname(filesOf(session).start))
}

/** All processes with the session's token, except its recorder, which must still finish, and the caller. */
function straysOf(session: SeenSession): number[] {
  const recorder = recorderOf(session)?.pid
  return findByToken(session).filter((pid) => pid !== recorder && pid !== process.pid)
}

/**
 * Ends the recorder of a session whose agent is gone, if it does not record the end: it is frozen, or the disk is
 * full. False if no recorder is running.
 */
export function killRecorder(session: SeenSession): boolean {
  const recorder = recorderOf(session)
  if (recorder === undefined || !isAlive(recorder) || !isMember(session, recorder.pid)) return false
  return signalProcess(recorder.pid, 'SIGKILL')
}

/** The session's recorder, if its files name it. */
function recorderOf(session: SeenSession): ProcessIdentity | undefined {
  try {
    const start = knownStart(session)
    return start !== undefined && 'recorder' in start ? start.recorder : undefined
  } catch (error) {
    if (error instanceof WorkError) return undefined
    throw error
  }
}
