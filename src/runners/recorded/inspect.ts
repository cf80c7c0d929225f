import { existsSync, statSync } from 'node:fs'
import type { ProcessIdentity } from '../../../machines/session.ts'
import { WorkError } from '../../errors.ts'
import { requireInside } from '../../files/inside.ts'
import { identify, isAlive, isGroupAlive, visibilityOf } from '../../process/identity.ts'
import { findByToken, foreignRootOf, isStranger, type SeenSession } from '../../process/membership.ts'
import { describeSystem, locateSession, originAt, type ForeignSession } from '../../process/origin.ts'
import { sessionFiles, type ExitFile, type SessionFiles, type StartFile } from './recorder-files.ts'
import { logBase } from '../session-paths.ts'
import { hasOutput, lastWords, readExit, readStart } from './session-files.ts'
import type { Evidence, Look } from '../evidence.ts'

/**
 * What the files and processes of a recorded session show now, and whether it belongs to this checkout. Changes
 * nothing, so showing and settling a session use the same view. `now` (ISO) counts as the end of a session that is
 * gone without a record.
 */
export function lookAt(session: SeenSession, now: string): Look {
  const place = locateSession(session.record.origin, originAt(session.root))
  try {
    return lookAtFiles(session, place, now)
  } catch (error) {
    if (!(error instanceof WorkError)) throw error
    if (typeof place !== 'string') return place
    // Its files say nothing, but its processes do.
    const alive = findOrphan(session) ?? livingProcess(session)
    if (alive !== undefined) return { type: 'alive', process: alive }
    const gone: Evidence = { type: 'gone', at: now, detail: error.message }
    return { type: 'ended', evidence: exitAfterAll(session) ?? gone }
  }
}

/** The exit that its recorder, now gone, recorded since the first look. */
function exitAfterAll(session: SeenSession): Evidence | undefined {
  try {
    const files = filesOf(session)
    const exit = readExit(files)
    return exit === undefined ? undefined : exited(files, exit)
  } catch (error) {
    if (error instanceof WorkError) return undefined
    throw error
  }
}

function lookAtFiles(session: SeenSession, place: ReturnType<typeof locateSession>, now: string): Look {
  const files = filesOf(session)
  const exit = readExit(files)
  if (exit !== undefined) return { type: 'ended', evidence: exited(files, exit) }
  if (typeof place !== 'string' && place.type === 'elsewhere') return place
  const start = knownStart(session)
  if (start !== undefined && 'abandoned' in start) {
    return { type: 'ended', evidence: conclude(files, { type: 'abandoned', at: start.at }) }
  }
  const hidden = hiddenPlace(place, start)
  if (hidden !== undefined) {
    // The processes of a container can be seen from outside it.
    const seen = findOrphan(session)
    return seen === undefined ? hidden : { type: 'alive', process: seen }
  }
  if (start === undefined) {
    return (
      foreignToken(session) ?? (existsSync(files.start) ? lookAtStrays(session, now) : { type: 'absent' })
    )
  }
  const { agent, recorder } = start
  if (agent !== undefined && isAlive(agent)) {
    return foreignToken(session, agent) ?? { type: 'alive', process: agent }
  }
  if (isAlive(recorder)) return foreignToken(session, recorder) ?? { type: 'alive', process: agent ?? null }
  // Both are gone; the exit may have been recorded since the first look.
  const lateExit = readExit(files)
  if (lateExit !== undefined) return { type: 'ended', evidence: exited(files, lateExit) }
  const orphan = agent === undefined ? findOrphan(session) : undefined
  if (orphan !== undefined) return { type: 'alive', process: orphan }
  const isOfLastBoot = place === 'gone' || visibilityOf(recorder) === 'gone'
  const odd = isOfLastBoot ? `Ran on ${recorder.host} before the last reboot.` : ''
  const { endedFor } = start
  return { type: 'ended', evidence: conclude(files, { type: 'gone', at: now, endedFor }, odd) }
}

/**
 * The content of the start file, unless it is forged. A forged one names a process that is not the session's, and
 * nothing in it counts. A recorder always has the session's token; an agent without it may have replaced its
 * environment.
 */
export function knownStart(session: SeenSession): StartFile | undefined {
  const start = readStart(filesOf(session))
  if (start === undefined || 'abandoned' in start) return start
  const { agent, recorder } = start
  const isForged = (one: ProcessIdentity) => isAlive(one) && isStranger(session, one.pid)
  if (isForged(recorder)) return undefined
  const { process: known } = session.record
  const differs = known !== undefined && (known.pid !== agent?.pid || known.startTicks !== agent.startTicks)
  return agent !== undefined && differs && isForged(agent) ? { ...start, agent: undefined } : start
}

/** Whether there is a forged start file. */
export function isStartForged(session: SeenSession): boolean {
  return existsSync(filesOf(session).start) && knownStart(session) === undefined
}

/** Where the session may be running unseen; undefined if it would be seen. */
function hiddenPlace(
  place: ReturnType<typeof locateSession>,
  start: Exclude<StartFile, { abandoned: true }> | undefined,
): ForeignSession | undefined {
  if (typeof place !== 'string') return place
  const system = start?.agent ?? start?.recorder
  if (system === undefined || visibilityOf(system) !== 'hidden') return undefined
  return { type: 'unknown', place: describeSystem(system) }
}

/** What the processes show of a session whose start file is forged. */
function lookAtStrays(session: SeenSession, now: string): Look {
  const process = findOrphan(session)
  if (process !== undefined) return { type: 'alive', process }
  const odd = 'The start file named a process that does not belong to this session.'
  return { type: 'ended', evidence: conclude(filesOf(session), { type: 'gone', at: now }, odd) }
}

/** Records of earlier versions don't name their checkout; the environment of their processes does. */
function foreignToken(session: SeenSession, of?: ProcessIdentity): ForeignSession | undefined {
  if (session.record.origin !== undefined) return undefined
  const root = foreignRootOf(session, of === undefined ? undefined : [of.pid])
  return root === undefined ? undefined : { type: 'elsewhere', place: root }
}

/** The files of a session. Throws a `WorkError` (`no-log`) for a record that does not name them. */
export function filesOf(session: SeenSession): SessionFiles {
  const files = sessionFiles(logBase(session))
  for (const path of Object.values(files)) requireInside(session.root, path)
  return files
}

/** When the session last wrote anything, in milliseconds since 1970; undefined if it never did. */
export function lastSignOf(session: SeenSession): number | undefined {
  const { out, err, start } = filesOf(session)
  const times = [out, err, start].flatMap((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? [])
  return times.length === 0 ? undefined : Math.max(...times)
}

/** Adds the last output of the session to the evidence, after a note about anything unusual. */
export function conclude<Fact>(files: SessionFiles, fact: Fact, odd = ''): Fact & { detail: string } {
  return { ...fact, detail: [odd, lastWords(files)].filter((text) => text !== '').join('\n') }
}

/**
 * The process of a session, other than `recorder`, that no file names: it could not be recorded, or the files were
 * removed.
 */
export function findOrphan(session: SeenSession, recorder?: ProcessIdentity): ProcessIdentity | undefined {
  return findByToken(session)
    .filter((pid) => pid !== recorder?.pid)
    .map(identify)
    .find((identity) => identity !== undefined && isGroupAlive(identity.pid))
}

function livingProcess({ record: { process } }: SeenSession): ProcessIdentity | undefined {
  return process !== undefined && isAlive(process) ? process : undefined
}

function exited(files: SessionFiles, exit: ExitFile): Evidence {
  if ('error' in exit) return conclude(files, { type: 'not-started', ...exit.error, at: exit.at })
  const { code, signal, at, endedFor } = exit
  return conclude(files, { type: 'exited', code, signal, at, endedFor, hasOutput: hasOutput(files) })
}
