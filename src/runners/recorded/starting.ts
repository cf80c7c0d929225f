import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { ProcessIdentity } from '../../../machines/session.ts'
import { exitCodes, systemCode, WorkError } from '../../errors.ts'
import { isAlive } from '../../process/identity.ts'
import { findByToken } from '../../process/membership.ts'
import type { RunnerDefinition, RunnerSession } from '../runner.ts'
import { filesOf, findOrphan, isStartForged, knownStart, lookAt } from './inspect.ts'
import { claimStart } from './recorder-files.ts'
import { lastWords, readExit } from './session-files.ts'
import type { RecorderRun } from './start-recorder.ts'
import { agentRecordPatience, claimInterval, claimPatience } from './waits.ts'

/** Whether this session was already started, or is about to be. */
export function isStarted(session: RunnerSession): boolean {
  const files = filesOf(session)
  return existsSync(files.start) || existsSync(files.exit) || findByToken(session).length > 0
}

/** The recorder that another run has started, as far as it can be seen. */
export function recorderOf(session: RunnerSession): RecorderRun {
  return { isOver: () => findByToken(session).length === 0 }
}

/**
 * Like {@link awaitStart}; undefined if the recorder was killed before it claimed the session, so that nothing was
 * started.
 */
export async function startedBy(
  session: RunnerSession,
  recorder: RecorderRun,
): Promise<ProcessIdentity | null | undefined> {
  try {
    return await awaitStart(session, recorder)
  } catch (error) {
    if (!recorder.isOver() || isStarted(session)) throw error
    return undefined
  }
}

/** Waits until the session's process is known; null if it ended before that. Throws if nobody starts the session. */
export async function awaitStart(
  session: RunnerSession,
  recorder?: RecorderRun,
): Promise<ProcessIdentity | null> {
  const files = filesOf(session)
  const begun = performance.now()
  for (;;) {
    const waited = performance.now() - begun
    const isOver = recorder?.isOver() === true || waited > claimPatience
    const start = knownStart(session)
    if (start !== undefined && 'abandoned' in start) throw notClaimed(session, 'Cancelled before it started.')
    if (start?.agent !== undefined) return start.agent
    if (isStartForged(session)) return null
    if (readExit(files) !== undefined) return null
    if (start === undefined && isOver) throw notClaimed(session, lastWords(files))
    if (start !== undefined && !isAlive(start.recorder)) return null
    // If the disk is too full to write it down, the process can still be found.
    const agent =
      start !== undefined && waited > agentRecordPatience ? findOrphan(session, start.recorder) : undefined
    if (agent !== undefined) return agent
    if (waited > claimPatience) return null
    await delay(claimInterval)
  }
}

function notClaimed(session: RunnerSession, detail: string): WorkError {
  return new WorkError(`Session ${session.record.sessionId} could not be started. ${detail}`.trim(), {
    code: 'not-started',
    exitCode: exitCodes.unfinished,
  })
}

/** Makes sure that nobody starts the session any more; false if it was already started. */
export function callOff(session: RunnerSession): boolean {
  try {
    return claimStart(filesOf(session), { abandoned: true, at: now() })
  } catch (error) {
    // If its files can't be created, nobody can start it either.
    if (systemCode(error) === undefined || findByToken(session).length > 0) throw error
    return true
  }
}

/** Waits for a start file while a process of the session that could create one is running. */
export async function awaitClaim(session: RunnerSession): Promise<void> {
  const end = performance.now() + claimPatience
  while (
    performance.now() < end &&
    lookAt(session, now()).type === 'absent' &&
    findByToken(session).length > 0
  ) {
    await delay(claimInterval)
  }
}

/** The command line of a session. Throws a `WorkError` (`no-command`) if its agent has none for it. */
export function commandLine(
  definition: RunnerDefinition,
  { agent, record }: RunnerSession,
): [string, ...string[]] {
  const [file, ...args] =
    (agent === undefined ? undefined : definition.commandOf(agent, record.mode ?? 'fresh')) ?? []
  if (file !== undefined) return [file, ...args]
  const field = record.mode === 'resume' ? 'resume_command' : 'command'
  throw new WorkError(`Agent "${record.agentName}" has no ${field} in agents.yaml.`, { code: 'no-command' })
}

function now(): string {
  return new Date().toISOString()
}
