import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { ProcessIdentity } from '../../../machines/session.ts'
import { exitCodes, WorkError } from '../../errors.ts'
import { requireOwn } from '../foreign.ts'
import { isAlive } from '../../process/identity.ts'
import { programToStart } from '../../process/kept-program.ts'
import { conclude, filesOf, findOrphan, isStartForged, knownStart, lookAt } from './inspect.ts'
import { findByToken, isSessionGroup } from '../../process/membership.ts'
import { writePrompt } from './recorder-files.ts'
import type { Runner, RunnerDefinition, RunnerOptions, RunnerSession } from '../runner.ts'
import { workingFolder } from '../session-paths.ts'
import { startRecorder } from './start-recorder.ts'
import { endRest, endStrays, killRecorder, signalSession } from './orphans.ts'
import { WatchedTime } from '../../process/watched-time.ts'
import type { Evidence, Look } from '../evidence.ts'
import { awaitClaim, awaitStart, callOff, commandLine, isStarted, recorderOf, startedBy } from './starting.ts'
import { Followers } from './followers.ts'
import { withReadEnd, type Launched, type RecordedProgram } from './program.ts'
import {
  ownIdPatience,
  lingerTime,
  claimInterval,
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
  { workspace, helpers, env, grace = signalGrace, linger = lingerTime }: RunnerOptions,
): Runner {
  const { recorder } = helpers
  const bin = join(workspace.run, 'bin')
  const followers = new Followers(program)
  const proved = (session: RunnerSession, evidence: Evidence): Evidence =>
    program.readEnd?.(session, evidence) ?? evidence

  const runner: Runner = {
    definition,
    newIds: program.newIds,
    // Each agent has its own program: a missing one fails only its own threads.
    prepare: () => Promise.resolve(),
    askToResume: (record) =>
      Promise.resolve(program.askToResume?.({ root: workspace.root, record }, env) ?? null),
    lastLine: (session) => followers.lineOf(session) ?? definition.lastLine(session),
    usage: () => undefined,
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
      const launched: Launched = program.launch?.(session) ?? {
        command: commandLine(definition, session),
        env: session.env(),
      }
      const { command, instead } = launched
      const { endsStrays } = program
      const order = { command, instead, cwd, files, root: session.root, timeout, grace, endsStrays }
      const launch = () => startRecorder(programToStart(recorder, bin), order, launched.env)
      const agent = await startedBy(session, await launch())
      return agent === undefined ? await awaitStart(session, await launch()) : agent
    },

    async ownId(session, signal) {
      if (program.reportsId !== true) return undefined
      const time = new WatchedTime()
      for (;;) {
        const { sessionId, end } = followers.of(session)?.reading ?? {}
        const isOver = end !== undefined || time.count() > ownIdPatience
        if (sessionId !== undefined) return sessionId === session.record.sessionId ? undefined : sessionId
        if (isOver || lookAt(session, now()).type !== 'alive') return undefined
        await delay(claimInterval, undefined, { signal })
      }
    },

    async watch(session, signal) {
      const time = new WatchedTime()
      let lingers: WatchedTime | undefined
      for (;;) {
        const look = requireOwn(session, await lookToEnd(session, program))
        if (look.type === 'ended') {
          followers.forget(session)
          return look.evidence
        }
        if (look.type === 'absent' && findByToken(session).length === 0) {
          // Since the last look, the recorder may have recorded the end and exited.
          const last = lookAt(session, now())
          return proved(session, last.type === 'ended' ? last.evidence : removed(session))
        }
        lingers =
          followers.of(session)?.reading.end === undefined ? undefined : (lingers ?? new WatchedTime())
        // It says that it has ended, but its process stays.
        if (lingers !== undefined && lingers.count() > linger) {
          return (await runner.end(session, false, signal)).evidence
        }
        if (time.count() >= (session.record.timeout ?? Infinity) && !hasTimekeeper(session)) return 'overdue'
        await delay(sessionInterval, undefined, { signal })
      }
    },

    async look(session) {
      const look = await lookToEnd(session, program)
      if (look.type !== 'absent' || !isStarted(session)) return look
      // Its processes run without a start file: the claim is on its way, or the files were removed.
      await awaitClaim(session)
      if (lookAt(session, now()).type === 'alive') await awaitStart(session)
      const second = await lookToEnd(session, program)
      const orphan = second.type === 'absent' ? findOrphan(session) : undefined
      return orphan === undefined ? second : { type: 'alive', process: orphan }
    },

    async end(session, force, signal) {
      const files = filesOf(session)
      const before = requireOwn(session, lookAt(session, now()))
      if (before.type === 'ended') return { evidence: proved(session, before.evidence), wasOver: true }
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
        followers.forget(session)
        return { evidence: proved(session, evidence), wasOver: false }
      }
      const isGone = agent === null || !isSessionGroup(session, agent)
      const evidence =
        isGone && killRecorder(session)
          ? await awaitEnd(session, agent, killedRecorderPatience, signal)
          : undefined
      if (evidence !== undefined) return { evidence: proved(session, evidence), wasOver: false }
      throw livesOn(session, agent)
    },
  }
  return runner
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
async function lookToEnd(session: RunnerSession, program: RecordedProgram): Promise<Look> {
  const look = lookAt(session, now())
  if (look.type === 'ended') await endRest(session, look.evidence, program.endsStrays)
  return withReadEnd(program, session, look)
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

function now(): string {
  return new Date().toISOString()
}
