import { spawn, type ChildProcess } from 'node:child_process'
import { appendFileSync, openSync, statSync } from 'node:fs'
import { relative } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { messageOf, systemCode } from '../errors.ts'
import { identify, isGroupAlive, signalGroup } from './identity.ts'
import { claimStart, filesBelow, replaceFile, type ExitFile, type SessionFiles } from './recorder-files.ts'

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

if (self !== undefined && claimStart(order.files, { recorder: self, at: at() })) {
  const agent = spawnAgent(order)
  process.on('SIGTERM', () => agent?.pid !== undefined && signalGroup(agent.pid, 'SIGTERM'))
  agent?.on('error', (error) => {
    if (agent.pid === undefined) void recordFailure(error)
  })
  agent?.on('exit', (code, signal) => {
    void record({ code, signal, at: at() }).then(() => endLeftovers(agent.pid))
  })
  const identity = agent?.pid === undefined ? undefined : identify(agent.pid)
  if (identity !== undefined) replaceFile(order.files.start, { recorder: self, agent: identity, at: at() })
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
