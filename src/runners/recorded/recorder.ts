import { spawn, type ChildProcess } from 'node:child_process'
import { appendFileSync, openSync, statSync, truncateSync } from 'node:fs'
import { relative } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { messageOf, systemCode } from '../../errors.ts'
import { findProcesses, identify, isGroupAlive, signalGroup, signalProcess } from '../../process/identity.ts'
import { claimStart, filesBelow, replaceFile } from './recorder-files.ts'
import type { ExitFile, SessionFiles, StartFile } from './recorder-files.ts'
import { WatchedTime, watchTime } from '../../process/watched-time.ts'
import type { EndedFor } from '../evidence.ts'
import type { ProcessIdentity } from '../../../machines/session.ts'
import { readTail } from '../tail.ts'
import { exitWriteInterval, leftoverGrace, recorderInterval } from './waits.ts'

/**
 * The recorder: a separate process that runs one agent and records how it ended. It outlives `work`, so no end is
 * lost. The agent has its own process group, so ending the agent does not end its recorder.
 */
export interface RecorderOrder {
  command: [string, ...string[]]
  /** Absolute. */
  cwd: string
  /** Absolute. */
  files: SessionFiles
  /**
   * The root of the checkout, absolute. The recorder works there with relative paths, which follow the checkout when
   * it is moved and never recreate it at its old place.
   */
  root?: string
  /** Time limit of the agent, in milliseconds of supervised time; absent for no limit. */
  timeout?: number | undefined
  /** Time to react to SIGINT, and then to SIGTERM, in milliseconds. */
  grace: number
  /** The command to run if this one exits with an error before any output, with `when` in its error output. */
  instead?: { command: [string, ...string[]]; when: string } | undefined
  /** Whether what the agent started outside of its process group ends with it, however it ends. */
  endsStrays?: boolean | undefined
}

const self = identify(process.pid)
const order = followRoot(JSON.parse(process.argv[2] ?? ''))
const at = () => new Date().toISOString()

// To end the session, others signal the agent's group. A shutdown reaches the recorder, which passes it on.
process.on('SIGHUP', () => undefined)
process.on('SIGINT', () => undefined)
process.on('uncaughtException', (error) =>
  appendFileSync(order.files.err, `work recorder: ${String(error.stack)}\n`),
)

/** Why this process is ending the agent. */
let endedFor: EndedFor | undefined

if (self !== undefined && claimStart(order.files, { recorder: self, at: at(), timeout: order.timeout })) {
  run(order.command, self)
}

/** Runs a command as the agent, and records its process and its end. */
function run(command: RecorderOrder['command'], recorder: ProcessIdentity): void {
  const agent = spawnAgent(order, command)
  process.removeAllListeners('SIGTERM')
  process.on('SIGTERM', () => agent?.pid !== undefined && signalGroup(agent.pid, 'SIGTERM'))
  agent?.on('error', (error) => {
    if (agent.pid === undefined) void recordFailure(error)
  })
  agent?.on('exit', (code, signal) => {
    const { instead } = order
    if (instead !== undefined && command !== instead.command && isRefused(code, instead.when)) {
      // What the first one said is about it alone.
      truncateSync(order.files.err)
      run(instead.command, recorder)
      return
    }
    const exit = { code, signal, at: at(), endedFor }
    // A process that reads the end of a timed-out session starts the next one: nothing of this one may be left.
    if (endedFor === undefined && order.endsStrays !== true)
      void record(exit).then(() => endLeftovers(agent.pid))
    else
      void endLeftovers(agent.pid)
        .then(() => endStrays(order.grace))
        .then(() => record(exit))
  })
  const identity = agent?.pid === undefined ? undefined : identify(agent.pid)
  const start = { recorder, agent: identity, at: at(), timeout: order.timeout }
  if (identity !== undefined) replaceFile(order.files.start, start)
  if (agent !== undefined && order.timeout !== undefined) void endWhenOverdue(agent, order.timeout, start)
}

/** Whether the agent ended with an error that contains these words, before it wrote anything else. */
function isRefused(code: number | null, words: string): boolean {
  if (code === null || code === 0 || endedFor !== undefined) return false
  const size = statSync(order.files.out, { throwIfNoEntry: false })?.size ?? 0
  return size === 0 && readTail(order.files.err, 64 * 1024).includes(words)
}

/** Ends the agent when its time is up: SIGINT and SIGTERM first, then SIGKILL. Records the reason before that. */
async function endWhenOverdue(agent: ChildProcess, timeout: number, start: StartFile): Promise<void> {
  const isOver = () => agent.exitCode !== null || agent.signalCode !== null
  if (agent.pid === undefined || (await watchTime(timeout, isOver)) === 'over') return
  endedFor = 'timeout'
  try {
    replaceFile(order.files.start, { ...start, endedFor })
  } catch {
    // On a full disk the exit file records it later, when there is space again.
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
    if (isOver()) return
    signalGroup(agent.pid, signal)
    const time = new WatchedTime()
    while (!isOver() && time.count() < order.grace) await delay(recorderInterval)
  }
}

/** Ends what the agent started outside of its group, found by the token in the environment. */
async function endStrays(grace: number): Promise<void> {
  const { WORK_TOKEN: token = '', WORK_ROOT: root } = process.env
  const isOwn = (entries: readonly string[]) =>
    entries.includes(`WORK_TOKEN=${token}`) && (root === undefined || entries.includes(`WORK_ROOT=${root}`))
  const strays = () => (token === '' ? [] : findProcesses(isOwn).filter((pid) => pid !== process.pid))
  for (const pid of strays()) signalProcess(pid, 'SIGTERM')
  const time = new WatchedTime()
  while (time.count() < grace && strays().length > 0) await delay(recorderInterval)
  for (const pid of strays()) signalProcess(pid, 'SIGKILL')
}

function followRoot(given: RecorderOrder): RecorderOrder {
  const { root } = given
  if (root === undefined) return given
  process.chdir(root)
  return { ...given, cwd: relative(root, given.cwd) || '.', files: filesBelow(root, given.files) }
}

/** Starts the agent. Problems with its program are emitted as an event, or thrown in cases where Node throws. */
function spawnAgent(
  { cwd, files }: RecorderOrder,
  [file, ...args]: RecorderOrder['command'],
): ChildProcess | undefined {
  const stdio = [openSync(files.prompt, 'r'), openSync(files.out, 'a'), openSync(files.err, 'a')]
  try {
    return spawn(file, args, { cwd, detached: true, stdio })
  } catch (error) {
    void recordFailure(error)
    return undefined
  }
}

function recordFailure(error: unknown): Promise<void> {
  return record({ error: { code: systemCode(error) ?? 'UNKNOWN', message: messageOf(error) }, at: at() })
}

/** Writes the exit file and retries while the disk is full. Stops trying when the checkout is deleted. */
async function record(exit: ExitFile): Promise<void> {
  for (;;) {
    try {
      replaceFile(order.files.exit, exit)
      return
    } catch {
      if (isRootDeleted()) return
      // There is no way to report it: a disk that can't take this file can't take a message.
      await delay(exitWriteInterval)
    }
  }
}

/** Whether the checkout that this process works in was deleted; a deleted folder has no links left. */
function isRootDeleted(): boolean {
  if (order.root === undefined) return false
  try {
    return statSync('.').nlink === 0
  } catch (error) {
    return systemCode(error) === 'ENOENT'
  }
}

/** Ends what the agent left running in its group: SIGINT and SIGTERM first, then SIGKILL. */
async function endLeftovers(group: number | undefined): Promise<void> {
  if (group === undefined || !signalGroup(group, 'SIGTERM')) return
  const end = performance.now() + leftoverGrace
  while (isGroupAlive(group) && performance.now() < end) await delay(recorderInterval)
  signalGroup(group, 'SIGKILL')
}
