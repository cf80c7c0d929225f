import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { appendFileSync, closeSync } from 'node:fs'
import { createServer } from 'node:net'
import { relative } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { ProcessIdentity } from '../../../../machines/session.ts'
import { messageOf } from '../../../errors.ts'
import { identify, isAlive } from '../../../process/identity.ts'
import { WatchedTime } from '../../../process/watched-time.ts'
import { askHealth, defaultUser } from './http.ts'
import { LimitKeeper } from './limit-keeper.ts'
import { accessOf, endGroup, endShells, removeOwn, replaceOwn, retire } from './stop.ts'
import { logSize, openServerLog, readServerLog } from './log.ts'
import {
  claimRecord,
  isLive,
  isSameProcess,
  readRecord,
  removeRecord,
  replaceRecord,
  serverFiles,
  unpackingIn,
  type LiveServer,
} from './record.ts'
import { lastUseChange, listUses } from './leases.ts'
import {
  firstHealthPatience,
  keeperInterval,
  leastRestartDelay,
  listenPatience,
  restartSpread,
  serverInterval,
} from './waits.ts'

/**
 * The keeper: a separate process that starts the opencode server of one repository, or adopts one whose keeper died,
 * and ends it when nobody has used it for a while. It outlives `work`, and the server outlives it.
 */
export interface KeeperOrder {
  /** `work/.run`, absolute. */
  run: string
  /** Where the server runs: the repository, absolute. */
  root: string
  /** The program to start; undefined to adopt the recorded server. */
  program: string | undefined
  /** A hash of the environment, for the record. */
  environment: string
  /** How long an unused server keeps running, in milliseconds. */
  idle: number
}

/** Number of start attempts: if several servers create their database at the same time, some of them fail. */
const maxStarts = 3

const order: KeeperOrder = JSON.parse(process.argv[2] ?? '')
// Relative to the working folder, which is the repository: this path stays valid when it is moved.
const files = serverFiles(relative(order.root, order.run))
/** The server that this process ends when it is asked to exit. */
let kept: ProcessIdentity | undefined
let isTerminated = false

process.on('SIGHUP', () => undefined)
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => {
  isTerminated = true
  if (kept !== undefined) void endGroup(kept.pid)
})
process.on('uncaughtException', (error) => say(String(error.stack)))

const self = identify(process.pid)
if (self !== undefined) await keep(self)

async function keep(keeper: ProcessIdentity): Promise<void> {
  const server = order.program === undefined ? takeOn(keeper) : await start(order.program, keeper)
  if (server === undefined) return
  kept = server
  await watch(server)
  removeOwn(files, server)
}

/** Watches the server until it is gone. */
async function watch(server: LiveServer): Promise<void> {
  const interval = Math.min(keeperInterval, order.idle / 5)
  const limits = new LimitKeeper(files, '.', server.keeper)
  let [unused, change] = [new WatchedTime(), lastUseChange(files)]
  while (isAlive(server)) {
    await delay(interval)
    await limits.keep(accessOf(server)).catch((error: unknown) => reportOnce(messageOf(error)))
    const isUsed = listUses(files).length > 0
    const last = lastUseChange(files)
    if (isUsed || last !== change) [unused, change] = [new WatchedTime(), last]
    if (unused.count() < order.idle) continue
    if (await retire(files, server, order.root, { isIdle: true })) return limits.clear()
    unused = new WatchedTime()
  }
  limits.clear()
  endShells(server)
  say(`opencode (pid ${server.pid}) has exited.`)
}

/** Becomes the keeper of a server that has none. */
function takeOn(keeper: ProcessIdentity): LiveServer | undefined {
  const record = readRecord(files)
  if (!isLive(record) || isAlive(record.keeper)) return undefined
  const server: LiveServer = { ...record, keeper }
  replaceOwn(files, server)
  return server
}

/** Starts the server, unless another keeper is about to. Undefined in that case, and if it could not be started. */
async function start(program: string, keeper: ProcessIdentity): Promise<LiveServer | undefined> {
  const startedAt = new Date().toISOString()
  if (!claimRecord(files, { phase: 'claimed', keeper, startedAt })) return undefined
  try {
    for (let left = maxStarts - 1; ; left--) {
      const server = await tryStart(program, keeper, startedAt)
      if (server !== 'ended') return server
      if (left === 0 || isTerminated) break
      await delay(leastRestartDelay + Math.random() * restartSpread)
    }
  } catch (error) {
    say(messageOf(error))
  }
  removeClaim(keeper)
  process.exitCode = 1
  return undefined
}

/** Throws if another try makes no sense. */
async function tryStart(
  program: string,
  keeper: ProcessIdentity,
  startedAt: string,
): Promise<LiveServer | 'ended'> {
  const password = randomBytes(24).toString('base64url')
  const log = openServerLog(files.log)
  const offset = logSize(files.log)
  const port = await findPort()
  const args = ['serve', '--hostname', '127.0.0.1', '--port', String(port)]
  const child = spawn(program, [...args, '--print-logs', '--log-level', 'WARN'], {
    cwd: order.root,
    env: {
      ...process.env,
      ...unpackingIn(serverFiles(order.run)),
      PWD: order.root,
      OPENCODE_SERVER_USERNAME: defaultUser,
      OPENCODE_SERVER_PASSWORD: password,
    },
    detached: true,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  if (child.pid === undefined) {
    const [error]: unknown[] = await once(child, 'error')
    throw new Error(`Could not start ${program}: ${messageOf(error)}`)
  }
  const exit = once(child, 'exit')
  const endEarly = async () => {
    await exit
    const how = child.signalCode ?? `exit code ${child.exitCode}`
    say(`opencode serve exited before it was listening: ${how}.`)
    return 'ended' as const
  }
  const identity = identify(child.pid)
  if (identity === undefined) return await endEarly()
  kept = identity
  replaceRecord(files, { phase: 'starting', keeper, startedAt, password, ...identity })
  const end = performance.now() + listenPatience
  while (performance.now() < end) {
    if (!isAlive(identity)) return await endEarly()
    const server = await ask(offset, { keeper, startedAt, password, port, ...identity })
    if (server !== undefined) {
      replaceRecord(files, server)
      return server
    }
    await delay(serverInterval)
  }
  await endGroup(child.pid)
  throw new Error(`opencode serve was not listening after ${listenPatience / 1000} seconds.`)
}

/**
 * The server, once it answers. It is called only after it has printed the port: another program may have taken the
 * port in the meantime, and must not get the password.
 */
async function ask(
  offset: number,
  server: Omit<LiveServer, 'phase' | 'version' | 'environment'>,
): Promise<LiveServer | undefined> {
  const url = `http://127.0.0.1:${server.port}`
  if (!readServerLog(files.log, offset).includes(`listening on ${url}`)) return undefined
  const health = await askHealth({ url, user: defaultUser, password: server.password }, firstHealthPatience)
  if (health.type !== 'well') return undefined
  return { phase: 'ready', ...server, version: health.version, environment: order.environment }
}

/** A free port. By default opencode takes 4096 first, which users may need for their own servers. */
async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('No free port on 127.0.0.1.')
  return address.port
}

function removeClaim(keeper: ProcessIdentity): void {
  const record = readRecord(files)
  if (record !== undefined && isSameProcess(record.keeper, keeper)) removeRecord(files)
}

let reported: string | undefined

/** Logs an error, unless it is the same as the last one. */
function reportOnce(message: string): void {
  if (message !== reported) say(message)
  reported = message
}

function say(message: string): void {
  try {
    appendFileSync(files.log, `work keeper: ${message}\n`)
  } catch {
    // The repository may be gone. There is nobody else to report it to.
  }
}
