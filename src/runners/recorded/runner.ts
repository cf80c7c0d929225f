import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { ProcessIdentity } from '../../../machines/session.ts'
import { exitCodes, systemCode, WorkError } from '../../errors.ts'
import { requireOwn } from '../foreign.ts'
import { isAlive } from '../../process/identity.ts'
import { programToStart } from '../../process/kept-program.ts'
import { conclude, filesOf, findOrphan, isStartForged, knownStart, lookAt } from './inspect.ts'
import { findByToken, isSessionGroup } from '../../process/membership.ts'
import { claimStart, writePrompt } from './recorder-files.ts'
import type { Runner, RunnerDefinition, RunnerOptions, RunnerSession } from '../runner.ts'
import { workingFolder } from '../session-paths.ts'
import { lastWords, readExit } from './session-files.ts'
import { startRecorder, type RecorderRun } from './start-recorder.ts'
import { endRest, endStrays, killRecorder, signalSession } from './orphans.ts'
import { WatchedTime } from '../../process/watched-time.ts'
import type { Evidence, Look } from '../evidence.ts'
import type { RecordedProgram } from './program.ts'
import {
  agentRecordPatience,
  claimInterval,
  claimPatience,
  killedRecorderPatience,
  sessionInterval,
  signalGrace,
  sigkillPatience,
} from './waits.ts'
import { advice, shell } from '../../text/hint.ts'

/** Opens a runner whose sessions are programs under the recorder, in one repository. */
export function openRecorded(
  definition: RunnerDefinition,
  program: RecordedProgram,
  { workspace, helpers, grace = signalGrace }: RunnerOptions,
): Runner {
  const { recorder } = helpers
  const bin = join(workspace.run, 'bin')
  return {
    definition,
    newIds: program.newIds,
    // Each agent has its own program: a missing one fails only its own threads.
    prepare: () => Promise.resolve(),
    askToResume: (session) => Promise.resolve(program.askToResume?.(session) ?? null),
    lastLine: (session) => definition.lastLine(session),
    usage: (session) => program.usage?.(session),
    close: () => Promise.resolve(),

    async start(session, signal) {
      // A recorder that another run has started may be about to claim the session.
      const known = isStarted(session) ? await startedBy(session, recorderOf(session)) : undefined
      if (known !== undefined) return known
      const files = filesOf(session)
      writePrompt(files, session.prompt())
      signal.throwIfAborted()
      const { timeout } = session.record
      const cwd = workingFolder(session)
      const order = {
        command: commandLine(definition, session),
        cwd,
        files,
        root: session.root,
        timeout,
        grace,
      }
      const launch = () => startRecorder(programToStart(recorder, bin), order, session.env())
      const agent = await startedBy(session, await launch())
      return agent === undefined ? await awaitStart(session, await launch()) : agent
    },

    async watch(session, signal) {
      const time = new WatchedTime()
      for (;;) {
        const look = requireOwn(session, await lookToEnd(session))
        if (look.type === 'ended') return look.evidence
        if (look.type === 'absent' && findByToken(session).length === 0) {
          // Since the last look, the recorder may have recorded the end and exited.
          const last = lookAt(session, now())
          return last.type === 'ended' ? last.evidence : removed(session)
        }
        if (time.count() >= (session.record.timeout ?? Infinity) && !hasTimekeeper(session)) return 'overdue'
        await delay(sessionInterval, undefined, { signal })
      }
    },

    async look(session) {
      const look = await lookToEnd(session)
      if (look.type !== 'absent' || !isStarted(session)) return look
      // Its processes run without a start file: the claim is on its way, or the files were removed.
      await awaitClaim(session)
      if (lookAt(session, now()).type === 'alive') await awaitStart(session)
      const second = await lookToEnd(session)
      const orphan = second.type === 'absent' ? findOrphan(session) : undefined
      return orphan === undefined ? second : { type: 'alive', process: orphan }
    },

    async end(session, force, signal) {
      const files = filesOf(session)
      const before = requireOwn(session, lookAt(session, now()))
      if (before.type === 'ended') return { evidence: before.evidence, wasOver: true }
      if (callOff(session)) {
        await endStrays(session, force ? 0 : grace)
        return { evidence: conclude(files, { type: 'abandoned', at: now() }), wasOver: false }
      }
      const agent = isStartForged(session)
        ? null
        : ((await awaitStart(session)) ?? processOf(lookAt(session, now())))
      for (const [step, patience] of force ? firmly : [...politely(grace), ...firmly]) {
        signalSession(session, agent, step)
        const evidence = await awaitEnd(session, agent, patience, signal)
        if (evidence === undefined) continue
        await endStrays(session, force ? 0 : grace)
        return { evidence, wasOver: false }
      }
      const isGone = agent === null || !isSessionGroup(session, agent)
      const evidence =
        isGone && killRecorder(session)
          ? await awaitEnd(session, agent, killedRecorderPatience, signal)
          : undefined
      if (evidence !== undefined) return { evidence, wasOver: false }
      throw livesOn(session, agent)
    },
  }
}

function livesOn({ record: { sessionId, token } }: RunnerSession, agent: ProcessIdentity | null): WorkError {
  const find =
    agent === null
      ? `grep -l ${token} /proc/*/environ`
      : shell('ps', '-o', 'pid,stat,cmd', '-p', String(agent.pid))
  return new WorkError(`Could not stop session ${sessionId}: still running after SIGKILL.`, {
    code: 'session-lives-on',
    hint: advice`${find} shows its processes.`,
    exitCode: exitCodes.unfinished,
  })
}

/** Whether a running recorder enforces the time limit. Recorders of earlier versions do not. */
function hasTimekeeper(session: RunnerSession): boolean {
  try {
    const start = knownStart(session)
    if (start === undefined || 'abandoned' in start) return false
    return start.timeout !== undefined && isAlive(start.recorder)
  } catch (error) {
    if (error instanceof WorkError) return false
    throw error
  }
}

/**
 * Looks at a session. If it is gone without a record of its end, stops its remaining processes, which might continue
 * its tasks.
 */
async function lookToEnd(session: RunnerSession): Promise<Look> {
  const look = lookAt(session, now())
  if (look.type === 'ended') await endRest(session, look.evidence)
  return look
}

/** Makes sure that nobody starts the session any more; false if it was already started. */
function callOff(session: RunnerSession): boolean {
  try {
    return claimStart(filesOf(session), { abandoned: true, at: now() })
  } catch (error) {
    // If its files can't be created, nobody can start it either.
    if (systemCode(error) === undefined || findByToken(session).length > 0) throw error
    return true
  }
}

/** Waits for a start file while a process of the session that could create one is running. */
async function awaitClaim(session: RunnerSession): Promise<void> {
  const end = performance.now() + claimPatience
  while (
    performance.now() < end &&
    lookAt(session, now()).type === 'absent' &&
    findByToken(session).length > 0
  ) {
    await delay(claimInterval)
  }
}

/** The evidence of a session whose files were removed while it was running. */
function removed(session: RunnerSession): Evidence {
  return conclude(
    filesOf(session),
    { type: 'gone', at: now() },
    'Its log files were removed while it was running.',
  )
}

/** The process of the session, if it can be seen. */
function processOf(look: Look): ProcessIdentity | null {
  return look.type === 'alive' ? look.process : null
}

type Step = [NodeJS.Signals, number]

function politely(grace: number): Step[] {
  return [
    ['SIGINT', grace],
    ['SIGTERM', grace],
  ]
}

const firmly: Step[] = [['SIGKILL', sigkillPatience]]

/** Whether this session was already started, or is about to be. */
function isStarted(session: RunnerSession): boolean {
  const files = filesOf(session)
  return existsSync(files.start) || existsSync(files.exit) || findByToken(session).length > 0
}

/** The recorder that another run has started, as far as it can be seen. */
function recorderOf(session: RunnerSession): RecorderRun {
  return { isOver: () => findByToken(session).length === 0 }
}

/**
 * Like {@link awaitStart}; undefined if the recorder was killed before it claimed the session, so that nothing was
 * started.
 */
async function startedBy(
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
async function awaitStart(session: RunnerSession, recorder?: RecorderRun): Promise<ProcessIdentity | null> {
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

/** Waits until the session and its whole process group have ended; undefined after a timeout. */
async function awaitEnd(
  session: RunnerSession,
  agent: ProcessIdentity | null,
  patience: number,
  signal: AbortSignal,
): Promise<Evidence | undefined> {
  const end = performance.now() + patience
  while (performance.now() < end) {
    const look = lookAt(session, now())
    if (look.type === 'ended' && (agent === null || !isSessionGroup(session, agent))) return look.evidence
    await delay(claimInterval, undefined, { signal })
  }
  return undefined
}

function commandLine(definition: RunnerDefinition, { agent, record }: RunnerSession): [string, ...string[]] {
  const [file, ...args] =
    (agent === undefined ? undefined : definition.commandOf(agent, record.mode ?? 'fresh')) ?? []
  if (file !== undefined) return [file, ...args]
  const field = record.mode === 'resume' ? 'resume_command' : 'command'
  throw new WorkError(`Agent "${record.agentName}" has no ${field} in agents.yaml.`, { code: 'no-command' })
}

function now(): string {
  return new Date().toISOString()
}
