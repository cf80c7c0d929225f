import { randomUUID } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { ProcessIdentity } from '../../machines/session.ts'
import { exitCodes, WorkError } from '../errors.ts'
import { findByEnvironment, identify, isAlive, isGroupAlive, isLocal, signalGroup } from './identity.ts'
import { startRecorder, type RecorderRun } from './process.ts'
import { claimStart, sessionFiles, type ExitFile, type SessionFiles } from './recorder-files.ts'
import type { Evidence, Look, Runner, RunnerSession } from './runner.ts'
import { hasOutput, lastLine, lastWords, readExit, readStart } from './session-files.ts'

export interface CommandRunnerOptions {
  /** Absolute path of the built recorder. */
  recorder: string
  /** How long a session may take to react to SIGINT, and then to SIGTERM, in milliseconds. */
  grace: number
}

/** Milliseconds between two looks at a live session's files. */
const pollInterval = 100
/** The same while something is about to happen at once. */
const claimInterval = 20
/** How long a recorder that runs may take to claim its session, in milliseconds. */
const claimPatience = 10_000

/** The runner for any executable: the prompt on standard input, the exit code as its word. */
export function commandRunner({ recorder, grace }: CommandRunnerOptions): Runner {
  return {
    name: 'command',
    newSessionId: () => `cmd_${randomUUID()}`,
    commandOf: (agent, mode) => (mode === 'fresh' ? agent.command : agent.resume_command),
    canResume: (agent) => agent.resume_command !== undefined,
    lastLine: (session) => lastLine(filesOf(session)),

    async start(session, signal) {
      if (isStarted(session)) return await awaitStart(session)
      const files = filesOf(session)
      writePrompt(files, session.prompt())
      signal.throwIfAborted()
      const cwd = join(session.root, session.record.cwd ?? '.')
      const run = await startRecorder(recorder, { command: commandLine(session), cwd, files }, session.env())
      return await awaitStart(session, run)
    },

    async watch(session, deadline, signal) {
      for (;;) {
        const look = lookOnce(session)
        if (look.type === 'ended') return look.evidence
        if (look.type === 'absent') throw notClaimed(session, 'Its start file is gone.')
        if (deadline !== null && Date.now() >= Date.parse(deadline)) return 'overdue'
        await delay(pollInterval, undefined, { signal })
      }
    },

    async look(session) {
      // Started by a process that died before its recorder could claim: the claim is on its way.
      if (lookOnce(session).type === 'absent' && isStarted(session)) await awaitStart(session)
      return lookOnce(session)
    },

    async end(session, force, signal) {
      const files = filesOf(session)
      const before = lookOnce(session)
      if (before.type === 'ended') return { evidence: before.evidence, wasOver: true }
      if (claimStart(files, { abandoned: true, at: now() })) {
        return { evidence: conclude(files, { type: 'abandoned', at: now() }), wasOver: false }
      }
      const agent = (await awaitStart(session)) ?? (before.type === 'alive' ? before.process : null)
      for (const [step, patience] of force ? firmly : [...politely(grace), ...firmly]) {
        if (agent !== null) signalGroup(agent.pid, step)
        const evidence = await awaitEnd(session, agent, patience, signal)
        if (evidence !== undefined) return { evidence, wasOver: false }
      }
      throw new WorkError(`Session ${session.record.sessionId} lives on after SIGKILL.`, {
        code: 'session-lives-on',
        hint: `Look at process ${agent?.pid ?? 'of that session'}: ps -o pid,stat,cmd -p ${agent?.pid ?? '…'}`,
        exitCode: exitCodes.unfinished,
      })
    },
  }
}

type Step = [NodeJS.Signals, number]

function politely(grace: number): Step[] {
  return [
    ['SIGINT', grace],
    ['SIGTERM', grace],
  ]
}

const firmly: Step[] = [['SIGKILL', 10_000]]

function lookOnce(session: RunnerSession): Look {
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
  return { type: 'ended', evidence: conclude(files, { type: 'vanished', at: now() }, foreign) }
}

/** The agent of a recorder that died before it could write down whom it had started. */
function findOrphan(session: RunnerSession): ProcessIdentity | undefined {
  return findByToken(session)
    .map(identify)
    .find((identity) => identity !== undefined && isGroupAlive(identity.pid))
}

function findByToken(session: RunnerSession): number[] {
  const { token } = session.record
  return token === undefined ? [] : findByEnvironment('WORK_TOKEN', token)
}

/** Whether somebody has started this session already, or is about to. */
function isStarted(session: RunnerSession): boolean {
  const files = filesOf(session)
  return existsSync(files.start) || existsSync(files.exit) || findByToken(session).length > 0
}

/**
 * Waits until it is known as which process the session runs; null when it has ended before that could be known. Throws
 * when nobody starts it.
 */
async function awaitStart(session: RunnerSession, recorder?: RecorderRun): Promise<ProcessIdentity | null> {
  const files = filesOf(session)
  const end = Date.now() + claimPatience
  for (;;) {
    const isOver = recorder?.isOver() === true || Date.now() > end
    const start = readStart(files)
    if (start !== undefined && 'abandoned' in start) throw notClaimed(session, 'It was called off.')
    if (start?.agent !== undefined) return start.agent
    if (readExit(files) !== undefined) return null
    if (start !== undefined && !isAlive(start.recorder)) return null
    if (start === undefined && isOver) throw notClaimed(session, lastWords(files))
    await delay(claimInterval)
  }
}

function notClaimed(session: RunnerSession, detail: string): WorkError {
  return new WorkError(`Session ${session.record.sessionId} could not be started. ${detail}`.trim(), {
    code: 'not-started',
    exitCode: exitCodes.unfinished,
  })
}

/** Waits until the session and its whole group have ended; undefined when patience ran out first. */
async function awaitEnd(
  session: RunnerSession,
  agent: ProcessIdentity | null,
  patience: number,
  signal: AbortSignal,
): Promise<Evidence | undefined> {
  const end = Date.now() + patience
  while (Date.now() < end) {
    const look = lookOnce(session)
    if (look.type === 'ended' && (agent === null || !isGroupAlive(agent.pid))) return look.evidence
    await delay(claimInterval, undefined, { signal })
  }
  return undefined
}

function exited(files: SessionFiles, exit: ExitFile): Evidence {
  if ('error' in exit) return conclude(files, { type: 'not-started', ...exit.error, at: exit.at })
  const { code, signal, at } = exit
  return conclude(files, { type: 'exited', code, signal, at, hasOutput: hasOutput(files) })
}

function conclude<Fact>(files: SessionFiles, fact: Fact, odd = ''): Fact & { detail: string } {
  return { ...fact, detail: [odd, lastWords(files)].filter((text) => text !== '').join('\n') }
}

function writePrompt(files: SessionFiles, prompt: string): void {
  mkdirSync(dirname(files.prompt), { recursive: true })
  const file = openSync(files.prompt, 'w')
  try {
    writeFileSync(file, prompt)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function commandLine({ agent, record }: RunnerSession): [string, ...string[]] {
  const [file, ...args] = (record.mode === 'resume' ? agent?.resume_command : agent?.command) ?? []
  if (file !== undefined) return [file, ...args]
  const field = record.mode === 'resume' ? 'resume_command' : 'command'
  throw new WorkError(`Agent "${record.agentName}" has no ${field} in agents.yaml.`, { code: 'no-command' })
}

function filesOf({ root, record }: RunnerSession): SessionFiles {
  if (record.log !== undefined) return sessionFiles(join(root, record.log))
  throw new WorkError(`Session ${record.sessionId} has no "log" in tasks.json, so nothing is known of it.`, {
    code: 'no-log',
    exitCode: exitCodes.unfinished,
  })
}

function now(): string {
  return new Date().toISOString()
}
