import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { commandRunner } from '../../helpers/command-runner.ts'
import { findByEnvironment, isAlive } from '../../../src/process/identity.ts'
import { originAt } from '../../../src/process/origin.ts'
import type { Runner, RunnerSession } from '../../../src/runners/runner.ts'
import { useBundles } from '../../helpers/bundle.ts'
import { textOf, untilFile } from '../../helpers/processes.ts'
import { fixtureSession, never, type TestSession } from '../sessions.ts'

export const bundled = useBundles(
  'src/runners/recorded/recorder.ts',
  'test/runners/command/session-worker.ts',
)
/** Time to react to SIGINT and SIGTERM: short, so that stubborn sessions are tested quickly. */
export const grace = 150
export const runner: Runner = commandRunner({
  get recorder() {
    return bundled('recorder')
  },
  root: '/',
  grace,
})

/** A session whose record and processes name its checkout. */
export function rootedSession(name: string): TestSession {
  const one = fixtureSession(name)
  return {
    ...one,
    record: { ...one.record, origin: originAt(one.root) },
    env: () => ({ ...one.env(), WORK_ROOT: one.root }),
  }
}

/** Runs a session to its end. */
export async function run(one: RunnerSession) {
  await runner.start(one, never)
  const end = await runner.watch(one, never)
  if (end === 'overdue') throw new Error('It is overdue without a deadline.')
  return end
}

/** Starts a session of a program that prints `ready`; returns its pid. */
export async function startAgent(one: TestSession): Promise<number> {
  const identity = await runner.start(one, never)
  await untilFile(one.files.out, /ready/)
  if (identity === null || !isAlive(identity)) throw new Error('The agent does not live.')
  return identity.pid
}

/** The pid of a child, as printed by the agent. */
export async function pidSaid(one: TestSession): Promise<number> {
  return Number(/child (\d+)/.exec(await untilFile(one.files.out, /child \d+\n/))?.[1])
}

function isRecorder(pid: number): boolean {
  return textOf(`/proc/${pid}/cmdline`).includes(bundled('recorder'))
}

export function recordersOf(one: TestSession): number[] {
  return findByEnvironment('WORK_TOKEN', one.token).filter(isRecorder)
}

export function agentsOf(one: TestSession): number[] {
  return findByEnvironment('WORK_TOKEN', one.token).filter((pid) => !isRecorder(pid))
}

export function makeLogs(one: TestSession): void {
  mkdirSync(dirname(one.files.start), { recursive: true })
}

/** Runs a script in the environment of a session and waits for its end. */
export async function ended(script: string, args: string[], one: TestSession): Promise<void> {
  await new Promise((resolve, reject) =>
    execFile(process.execPath, [script, ...args], { env: one.env(), cwd: one.root }, (error) =>
      error === null ? resolve(undefined) : reject(error),
    ),
  )
}

export function quoted(text: string): string {
  return `'${text}'`
}
