import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { exitCodes, messageOf, WorkError } from '../../../errors.ts'
import { isAlive } from '../../../process/identity.ts'
import { programToStart } from '../../../process/kept-program.ts'
import type { KeeperOrder } from './keeper.ts'
import { lastLines } from '../../tail.ts'
import { logSize, readServerLog } from './log.ts'
import { isLive, readRecord, type LiveServer, type ServerFiles } from './record.ts'
import { serverInterval, startPatience } from './waits.ts'
import { advice, shell } from '../../../text/hint.ts'

export interface KeeperRun {
  isOver(): boolean
}

/** Starts a keeper in its own process session. Throws if Node itself can't be started. */
export async function startKeeper(
  keeper: string,
  order: KeeperOrder,
  env: Record<string, string>,
): Promise<KeeperRun> {
  const options = { cwd: order.root, env, detached: true, stdio: 'ignore' } as const
  const child = spawn(
    process.execPath,
    [programToStart(keeper, join(order.run, 'bin')), JSON.stringify(order)],
    options,
  )
  if (child.pid === undefined) {
    const [error]: unknown[] = await once(child, 'error')
    throw notStarted(`Could not start the keeper: ${messageOf(error)}`, [], order)
  }
  child.unref()
  return { isOver: () => child.exitCode !== null || child.signalCode !== null }
}

/**
 * Starts the server through a keeper, and waits until it answers. Throws a `WorkError` (`server-not-started`) with its
 * log.
 */
export async function startServer(
  files: ServerFiles,
  keeper: string,
  order: KeeperOrder,
  env: Record<string, string>,
): Promise<LiveServer> {
  const offset = logSize(files.log)
  const run = await startKeeper(keeper, order, env)
  const end = performance.now() + startPatience
  while (performance.now() < end) {
    const isOver = run.isOver()
    const record = readRecord(files)
    if (isLive(record)) return record
    // A keeper that finds another one starting the server exits at once: then the record has the other's claim.
    if (isOver && (record === undefined || !isAlive(record.keeper))) break
    await delay(serverInterval)
  }
  const text = logSize(files.log) > 0 ? readServerLog(files.log, offset) : ''
  throw notStarted('The opencode server did not start.', lastLines(text, 6), order)
}

function notStarted(message: string, lines: string[], { program = 'opencode', run }: KeeperOrder): WorkError {
  return new WorkError([message, ...lines].join('\n  '), {
    code: 'server-not-started',
    hint: advice`${shell(program, 'serve')} shows the problem. Log: ${run}/opencode.log.`,
    exitCode: exitCodes.unfinished,
  })
}
