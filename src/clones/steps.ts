import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { exitCodes, messageOf, systemCode, WorkError } from '../errors.ts'
import { findByEnvironment, signalGroup, signalProcess } from '../process/identity.ts'
import { advice, commandText, shell } from '../text/hint.ts'
import { outputEnd } from './output-end.ts'
import { stepEndPatience, stepGrace, stepInterval } from './waits.ts'

/** Commands that prepare a clone, or verify what is in it. */
export interface StepsOrder {
  /** Each as program and arguments; run in order until one fails. */
  commands: readonly (readonly string[])[]
  /** Working folder, absolute. */
  cwd: string
  env: Record<string, string>
  /** File for their output, absolute. */
  log: string
  /** Time limit of all together, in milliseconds. Default: none. */
  timeout?: number | undefined
  /**
   * What is unique to them, and in the environment of all their processes as `WORK_STEP`: what an earlier process left
   * running is ended first.
   */
  mark: string
}

export interface StepsEnd {
  /** 0 if all ended well; null if a signal or the time limit ended one. */
  code: number | null
  /** The command that failed. */
  failed?: readonly string[] | undefined
  isTimedOut: boolean
  /** The last lines of output. */
  tail: string
}

const markVariable = 'WORK_STEP'

/** Exit codes of a shell for a program that is not there, and for one that can't be started. */
const notFound = 127
const notStarted = 126

/**
 * Runs commands in order until one fails, each in its own process group, without a shell or an input. Their output is
 * appended to the log. Nothing of them is running afterwards, also when `signal` ends them: then `code` is null. Throws
 * a `WorkError` (`steps-running`) for processes that can't be ended.
 */
export async function runSteps(order: StepsOrder, signal: AbortSignal): Promise<StepsEnd> {
  await endSteps(order.mark)
  mkdirSync(dirname(order.log), { recursive: true })
  const log = openSync(order.log, 'a')
  const begin = statSync(order.log).size
  const timeUp = new AbortController()
  const timer =
    order.timeout === undefined ? undefined : setTimeout(() => timeUp.abort(), Math.max(0, order.timeout))
  const stop = AbortSignal.any([signal, timeUp.signal])
  try {
    const { code, failed } = await runInOrder(order, log, stop)
    const isTimedOut = timeUp.signal.aborted && !signal.aborted && code !== 0
    if (isTimedOut) writeSync(log, `work: the time limit of ${order.timeout} ms is over\n`)
    return { code, failed, isTimedOut, tail: outputEnd(order.log, begin) }
  } finally {
    clearTimeout(timer)
    closeSync(log)
    await endSteps(order.mark)
  }
}

/**
 * Ends all processes of the commands with this mark: SIGTERM, then SIGKILL. Only on Linux; elsewhere those of an earlier
 * `work` are not found. Throws a `WorkError` (`steps-running`) if that fails.
 */
export async function endSteps(mark: string): Promise<void> {
  const running = () => findByEnvironment(markVariable, mark).filter((pid) => pid !== process.pid)
  if (await areGone(running, 'SIGTERM', stepGrace)) return
  if (await areGone(running, 'SIGKILL', stepEndPatience)) return
  const pids = running().map(String)
  throw new WorkError(
    `Processes of a setup or verify command are still running after SIGKILL: ${pids.join(', ')}.`,
    {
      code: 'steps-running',
      hint: advice`${shell('ps', '-fp', pids.join(','))} shows them.`,
      exitCode: exitCodes.unfinished,
    },
  )
}

/** Sends a signal to each of them once; whether they are gone in this time. Children that they start get it too. */
async function areGone(running: () => number[], signal: NodeJS.Signals, patience: number): Promise<boolean> {
  const signalled = new Set<number>()
  const end = performance.now() + patience
  for (let left = running(); left.length > 0; left = running()) {
    for (const pid of left.filter((each) => !signalled.has(each))) {
      signalled.add(pid)
      if (!signalGroup(pid, signal)) signalProcess(pid, signal)
    }
    if (performance.now() > end) return false
    await delay(stepInterval)
  }
  return true
}

type Ended = Pick<StepsEnd, 'code' | 'failed'>

async function runInOrder(order: StepsOrder, log: number, stop: AbortSignal): Promise<Ended> {
  for (const command of order.commands) {
    if (stop.aborted) return { code: null, failed: command }
    writeSync(log, `$ ${commandText(command)}\n`)
    const code = await runStep(order, command, log, stop)
    if (code !== 0 || stop.aborted) return { code: stop.aborted ? null : code, failed: command }
  }
  return { code: 0 }
}

/** The exit code of one command; null if a signal ended it. */
async function runStep(
  { cwd, env, mark }: StepsOrder,
  [file = '', ...args]: readonly string[],
  log: number,
  stop: AbortSignal,
): Promise<number | null> {
  const refuse = (error: unknown) => {
    const isMissing = systemCode(error) === 'ENOENT'
    const why = !isMissing
      ? messageOf(error)
      : existsSync(cwd)
        ? `program not found: ${file}`
        : `folder not found: ${cwd}`
    writeSync(log, `work: ${why}\n`)
    return isMissing ? notFound : notStarted
  }
  let child: ChildProcess
  try {
    child = spawn(file, args, {
      cwd,
      env: { ...env, [markVariable]: mark },
      detached: true,
      stdio: ['ignore', log, log],
    })
  } catch (error) {
    return refuse(error)
  }
  const ended = new Promise<number | null>((resolve) => {
    child.on('error', (error) => resolve(refuse(error)))
    child.on('exit', (code) => resolve(code))
  })
  const refused = new Promise<never>((_, reject) => {
    // What the command started outside of its group gets the signals at the same time.
    const end = () => void Promise.all([endGroup(child), endSteps(mark)]).catch(reject)
    stop.addEventListener('abort', end)
    child.on('exit', () => stop.removeEventListener('abort', end))
    child.on('error', () => stop.removeEventListener('abort', end))
  })
  return Promise.race([ended, refused])
}

/** SIGTERM for the group of a command, and SIGKILL if it is still running after the grace period. */
async function endGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return
  signalGroup(child.pid, 'SIGTERM')
  const end = performance.now() + stepGrace
  while (child.exitCode === null && child.signalCode === null) {
    if (performance.now() > end) signalGroup(child.pid, 'SIGKILL')
    await delay(stepInterval)
  }
}
