import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { ProcessIdentity } from '../../machines/session.ts'
import { removeDrafts } from '../drafts.ts'
import { WorkError } from '../errors.ts'
import { isAlive, signalGroup, signalProcess } from './identity.ts'
import { filesOf, knownStart } from './look.ts'
import { findByToken, isMember, isSessionGroup } from './membership.ts'
import type { Evidence, SeenSession } from './runner.ts'

/** Milliseconds between two looks at what is left. */
const interval = 20
/** How long a process may take to be gone after SIGKILL, in milliseconds. */
const killPatience = 2000
/** How long what a lost session has left may take to end politely, in milliseconds. */
const strayGrace = 2000

/**
 * Signals the session: the group of its agent if that is the session's, else each process that has its token. A start file
 * may name any process; those that are not of the session are left alone.
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
 * Ends what a session that was ended has started outside of its group, such as a server in a session of its own: its
 * environment still tells whose it is. Politely, for `grace` milliseconds, then for good.
 */
export async function endStrays(session: SeenSession, grace: number): Promise<void> {
  const end = performance.now() + grace
  if (grace > 0) signalStrays(session, 'SIGTERM')
  while (performance.now() < end && straysOf(session).length > 0) await delay(interval)
  signalStrays(session, 'SIGKILL')
  const gone = performance.now() + killPatience
  while (performance.now() < gone && straysOf(session).length > 0) await delay(interval)
}

function signalStrays(session: SeenSession, signal: NodeJS.Signals): void {
  for (const pid of straysOf(session)) signalProcess(pid, signal)
}

/**
 * Ends what is left at work of a session that is gone without a word: whoever goes on with its thread would have it as a
 * rival. Of one whose end was recorded the recorder has seen to that. Also removes what a recorder that was killed had half
 * written: there may be no later session of the thread that does.
 */
export async function endRest(session: SeenSession, evidence: Evidence): Promise<void> {
  if (evidence.type === 'vanished') await endStrays(session, strayGrace)
  if (session.record.log !== undefined) removeDrafts(dirname(filesOf(session).start))
}

/** All that carries the session's token but its recorder, which has yet to finish, and who is asking. */
function straysOf(session: SeenSession): number[] {
  const recorder = recorderOf(session)?.pid
  return findByToken(session).filter((pid) => pid !== recorder && pid !== process.pid)
}

/**
 * Ends the recorder of a session whose agent is gone, and that does not write down how it ended: it is frozen, or has no
 * room to. False when no recorder lives.
 */
export function killRecorder(session: SeenSession): boolean {
  const recorder = recorderOf(session)
  if (recorder === undefined || !isAlive(recorder) || !isMember(session, recorder.pid)) return false
  return signalProcess(recorder.pid, 'SIGKILL')
}

/** The session's recorder, where its files tell. */
function recorderOf(session: SeenSession): ProcessIdentity | undefined {
  try {
    const start = knownStart(session)
    return start !== undefined && 'recorder' in start ? start.recorder : undefined
  } catch (error) {
    if (error instanceof WorkError) return undefined
    throw error
  }
}
