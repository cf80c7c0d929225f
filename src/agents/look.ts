import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { ProcessIdentity } from '../../machines/session.ts'
import { exitCodes, WorkError } from '../errors.ts'
import { findByEnvironment, identify, isAlive, isGroupAlive, isLocal } from './identity.ts'
import { sessionFiles, type ExitFile, type SessionFiles } from './recorder-files.ts'
import type { Evidence, Look, RunnerSession } from './runner.ts'
import { hasOutput, lastWords, readExit, readStart } from './session-files.ts'

/** A session as far as looking at it needs: its record and the repository it ran in. */
export type SeenSession = Pick<RunnerSession, 'record' | 'root'>

/**
 * What the files and processes of a recorded session tell at this moment. Changes nothing, so that whoever only shows
 * a session looks the same way as who settles it. `now` (ISO) is taken for the end of one that is gone without a word.
 */
export function lookAt(session: SeenSession, now: string): Look {
  try {
    return lookAtFiles(session, now)
  } catch (error) {
    if (!(error instanceof WorkError)) throw error
    // Its files tell nothing: its processes do.
    const alive = findOrphan(session) ?? livingProcess(session)
    if (alive !== undefined) return { type: 'alive', process: alive }
    const vanished: Evidence = { type: 'vanished', at: now, detail: error.message }
    return { type: 'ended', evidence: exitAfterAll(session) ?? vanished }
  }
}

/** The exit that was recorded since the first look, by a recorder that is gone by now. */
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

function lookAtFiles(session: SeenSession, now: string): Look {
  const files = filesOf(session)
  const exit = readExit(files)
  if (exit !== undefined) return { type: 'ended', evidence: exited(files, exit) }
  const start = readStart(files)
  if (start === undefined) return { type: 'absent' }
  if ('abandoned' in start)
    return { type: 'ended', evidence: conclude(files, { type: 'abandoned', at: start.at }) }
  if (start.agent !== undefined && isAlive(start.agent)) return { type: 'alive', process: start.agent }
  if (isAlive(start.recorder)) return { type: 'alive', process: start.agent ?? null }
  // Both are gone; the exit may have been recorded since the first look.
  const lateExit = readExit(files)
  if (lateExit !== undefined) return { type: 'ended', evidence: exited(files, lateExit) }
  const orphan = start.agent === undefined ? findOrphan(session) : undefined
  if (orphan !== undefined) return { type: 'alive', process: orphan }
  const foreign = isLocal(start.recorder)
    ? ''
    : `It ran on ${start.recorder.host}, or before the last reboot.`
  return { type: 'ended', evidence: conclude(files, { type: 'vanished', at: now }, foreign) }
}

/** The processes that belong to the session, found by its token; none where the system can't tell. */
export function findByToken({ record: { token } }: SeenSession): number[] {
  return token === undefined ? [] : findByEnvironment('WORK_TOKEN', token)
}

/** The files of a session. Throws a `WorkError` (`no-log`) for a record that does not name them. */
export function filesOf({ root, record }: SeenSession): SessionFiles {
  if (record.log !== undefined) return sessionFiles(join(root, record.log))
  throw new WorkError(`Session ${record.sessionId} has no "log" in tasks.json, so nothing is known of it.`, {
    code: 'no-log',
    exitCode: exitCodes.unfinished,
  })
}

/** When the session last wrote anything, in milliseconds since 1970; undefined when it never did. */
export function lastSignOf(session: SeenSession): number | undefined {
  const { out, err, start } = filesOf(session)
  const times = [out, err, start].flatMap((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? [])
  return times.length === 0 ? undefined : Math.max(...times)
}

/** Evidence with the last words of the session, and before them what is odd about it. */
export function conclude<Fact>(files: SessionFiles, fact: Fact, odd = ''): Fact & { detail: string } {
  return { ...fact, detail: [odd, lastWords(files)].filter((text) => text !== '').join('\n') }
}

/** The process of a session, `recorder` aside, that left no word of it: nobody could write it down, or its files were removed. */
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
  const { code, signal, at } = exit
  return conclude(files, { type: 'exited', code, signal, at, hasOutput: hasOutput(files) })
}
