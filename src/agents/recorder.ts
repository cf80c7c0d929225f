import { spawn, type ChildProcess } from 'node:child_process'
import { appendFileSync, openSync, statSync } from 'node:fs'
import { relative } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { messageOf, systemCode } from '../errors.ts'
import { findProcesses, identify, isGroupAlive, signalGroup, signalProcess } from './identity.ts'
import { claimStart, filesBelow, replaceFile } from './recorder-files.ts'
import type { ExitFile, SessionFiles, StartFile } from './recorder-files.ts'
import type { EndedFor } from './runner.ts'
import { WatchedTime, watchTime } from './watched-time.ts'

/**
 * The recorder: a process of its own that runs one agent and writes down how it ended. It outlives `work`, so no end is
 * lost; the agent lives in a process group of its own, so ending the agent does not end its recorder.
 */
export interface RecorderOrder {
  command: [string, ...string[]]
  /** Absolute. */
  cwd: string
  /** Absolute. */
  files: SessionFiles
  /**
   * The root of the checkout, absolute. The recorder works there with relative paths, which follow the checkout when it is
   * moved, and never create it again at its old place.
   */
  root?: string
  /** How long the agent may run, in milliseconds of watched time; absent for as long as it takes. */
  timeout?: number | undefined
  /** How long it then gets to react to SIGINT, and then to SIGTERM, in milliseconds. */
  grace: number
}

const self = identify(process.pid)
const order = followRoot(JSON.parse(process.argv[2] ?? ''))
const at = () => new Date().toISOString()

// Whoever wants the session to end signals the agent's group. A shutdown reaches the recorder: it passes that on.
process.on('SIGHUP', () => undefined)
process.on('SIGINT', () => undefined)
process.on('uncaughtException', (error) =>
  appendFileSync(order.files.err, `work recorder: ${String(error.stack)}\n`),
)

/** Why this process is ending the agent. */
let endedFor: EndedFor | undefined

if (self !== undefined && claimStart(order.files, { recorder: self, at: at(), timeout: order.timeout })) {
  const agent = spawnAgent(order)
  process.on('SIGTERM', () => agent?.pid !== undefined && signalGroup(agent.pid, 'SIGTERM'))
  agent?.on('error', (error) => {
    if (agent.pid === undefined) void recordFailure(error)
  })
  agent?.on('exit', (code, signal) => {
    const exit = { code, signal, at: at(), endedFor }
    // Whoever reads the end of a session whose time is up starts the next one: nothing of this one may be left.
    if (endedFor === undefined) void record(exit).then(() => endLeftovers(agent.pid))
    else
      void endLeftovers(agent.pid)
        .then(() => endStrays(order.grace))
        .then(() => record(exit))
  })
  const identity = agent?.pid === undefined ? undefined : identify(agent.pid)
  const start = { recorder: self, agent: identity, at: at(), timeout: order.timeout }
  if (identity !== undefined) replaceFile(order.files.start, start)
  if (agent !== undefined && order.timeout !== undefined) void endWhenOverdue(agent, order.timeout, start)
}

/** Ends the agent when its time is up: politely, then for good. That this is done is written down first. */
async function endWhenOverdue(agent: ChildProcess, timeout: number, start: StartFile): Promise<void> {
  const isOver = () => agent.exitCode !== null || agent.signalCode !== null
  if (agent.pid === undefined || (await watchTime(timeout, isOver)) === 'over') return
  endedFor = 'timeout'
  try {
    replaceFile(order.files.start, { ...start, endedFor })
  } catch {
    // On a full disk the exit file says it, when there is room again.
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
    if (isOver()) return
    signalGroup(agent.pid, signal)
    const time = new WatchedTime()
    while (!isOver() && time.count() < order.grace) await delay(50)
  }
}

/** Ends what the agent started outside of its group: the token in its environment shows whose it is. */
async function endStrays(grace: number): Promise<void> {
  const { WORK_TOKEN: token = '', WORK_ROOT: root } = process.env
  const isOwn = (entries: readonly string[]) =>
    entries.includes(`WORK_TOKEN=${token}`) && (root === undefined || entries.includes(`WORK_ROOT=${root}`))
  const strays = () => (token === '' ? [] : findProcesses(isOwn).filter((pid) => pid !== process.pid))
  for (const pid of strays()) signalProcess(pid, 'SIGTERM')
  const time = new WatchedTime()
  while (time.count() < grace && strays().length > 0) await delay(50)
  for (const pid of strays()) signalProcess(pid, 'SIGKILL')
}

function followRoot(given: RecorderOrder): RecorderOrder {
  const { root } = given
  if (root === undefined) return given
  process.chdir(root)
  return { ...given, cwd: relative(root, given.cwd) || '.', files: filesBelow(root, given.files) }
}

/** Starts the agent. What is wrong with its program comes as an event or, where Node knows no better, is thrown. */
function spawnAgent({ command: [file, ...args], cwd, files }: RecorderOrder): ChildProcess | undefined {
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

/** Writes the exit file, however long it takes: a full disk may be full for a while. Gives up when the checkout is deleted. */
async function record(exit: ExitFile): Promise<void> {
  for (;;) {
    try {
      replaceFile(order.files.exit, exit)
      return
    } catch {
      if (isRootDeleted()) return
      // There is nowhere to say so: what can't take this file can't take a message.
      await delay(1000)
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

/** Ends what the agent left running in its group: politely, then for good. */
async function endLeftovers(group: number | undefined): Promise<void> {
  if (group === undefined || !signalGroup(group, 'SIGTERM')) return
  const end = performance.now() + 2000
  while (isGroupAlive(group) && performance.now() < end) await delay(50)
  signalGroup(group, 'SIGKILL')
}
