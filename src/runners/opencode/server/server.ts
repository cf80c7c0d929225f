import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { exitCodes, WorkError } from '../../../errors.ts'
import { isAlive, isOtherNamespace } from '../../../process/identity.ts'
import { describeSystem } from '../../../process/origin.ts'
import { abortSession, askHealth, defaultUser, isUnresponsive, listBusy, type ServerAccess } from './http.ts'
import { accessOf, endGroup, endShells, isServerProcess, removeOwn, replaceOwn, retire } from './stop.ts'
import { findOpencode } from './executable.ts'
import {
  isLive,
  readRecord,
  removeNonsense,
  removeUnlessChanged,
  serverFiles,
  type LiveServer,
  type ServerRecord,
} from './record.ts'
import { startKeeper, startServer } from './start.ts'
import { useServer, type ServerUse } from './leases.ts'
import {
  busyPatience,
  lastHealthPatience,
  reachInterval,
  reachPatience,
  serverInterval,
  startPatience,
  takeOverPatience,
} from './waits.ts'
import { advice, shell, work } from '../../../text/hint.ts'

export { headersOf } from './http.ts'

/** A server that answers. */
export interface OpencodeServer extends ServerAccess {
  /** Version of opencode. */
  version: string
}

/** A server that does not count as unused until it is released or this process ends. */
export interface HeldServer extends OpencodeServer {
  release: () => void
}

export interface ServerOptions {
  /** `work/.run`, absolute. */
  run: string
  /** The repository, absolute: where the server runs. */
  root: string
  /** The environment of the server, and so of its agents' shells. */
  env: Record<string, string>
  /** Absolute path of the built keeper. */
  keeper: string
  /** Runs an action while this process holds the kernel lock of the server. */
  withLock: <T>(action: () => Promise<T>) => Promise<T>
  /** The address of a server to use instead of an own one; its password is `OPENCODE_SERVER_PASSWORD` in `env`. */
  external?: string | undefined
  /** How long an unused server keeps running, in milliseconds. */
  idle: number
}

/**
 * The server of this repository: the running one, otherwise a new one. Throws a `WorkError`: `opencode-missing`,
 * `server-not-started`, or for an external server `server-unreachable` or `server-refused`.
 */
export async function openServer(options: ServerOptions): Promise<HeldServer> {
  if (options.external !== undefined) {
    return { ...(await openExternal(options, options.external)), release: () => undefined }
  }
  const use = useServer(serverFiles(options.run))
  try {
    const server = (await findKept(options)) ?? (await options.withLock(() => settle(options, use)))
    return { ...describe(server), release: use.release }
  } catch (error) {
    use.release()
    throw error
  }
}

/**
 * The server of this repository if it is running and answers. It is not held: it may end as unused at any time. An
 * external one must be reachable: throws a `WorkError` like `openServer`.
 */
export async function findServer(options: ServerOptions): Promise<OpencodeServer | undefined> {
  if (options.external !== undefined) return await openExternal(options, options.external)
  const record = readRecord(serverFiles(options.run))
  return isLive(record) && (await answers(record)) ? describe(record) : undefined
}

/**
 * Stops the server of this repository and all work in it: sessions are aborted first, so that the commands of their
 * agents end too. An external server is never stopped.
 */
export async function stopServer(options: ServerOptions): Promise<'stopped' | 'none'> {
  if (options.external !== undefined) return 'none'
  const files = serverFiles(options.run)
  return await options.withLock(async () => {
    const record = await awaitStart(options)
    const wasAlive = record !== undefined && isProcessAlive(record)
    if (isLive(record) && wasAlive) await abortAll(options, record)
    await clear(options, record)
    removeNonsense(files)
    return wasAlive ? 'stopped' : 'none'
  })
}

/** The server in its normal state, with a running keeper: nothing needs to be done, so no lock is needed. */
async function findKept({ run, root, env }: ServerOptions): Promise<LiveServer | undefined> {
  const record = readRecord(serverFiles(run))
  if (!isLive(record) || record.phase !== 'ready' || !isAlive(record.keeper)) return undefined
  if (record.environment !== hashOf(env) || !(await answers(record))) return undefined
  return (await isUnresponsive(accessOf(record), root)) ? undefined : record
}

/** Under the lock: checks the server, repairs its state, or starts a new one. */
async function settle(options: ServerOptions, use: ServerUse): Promise<LiveServer> {
  const files = serverFiles(options.run)
  // Checked before anything is ended: without opencode nothing could replace it.
  const orderStart = () => orderOf(options, findOpencode(options.env, options.keeper))
  const found = await awaitStart(options)
  requireVisible(found)
  if (!isLive(found) || !(await answers(found))) {
    const order = orderStart()
    await clear(options, found)
    removeNonsense(files)
    return await startServer(files, options.keeper, order, options.env)
  }
  // The process that was about to end it died before it could.
  if (found.phase === 'ending') replaceOwn(files, { ...found, phase: 'ready' })
  // Another environment, such as a key that was missing, or a configuration that could not be read: start a new
  // server, unless this one is in use.
  const isUseless = await isUnresponsive(accessOf(found), options.root)
  if (found.environment !== hashOf(options.env) || isUseless) {
    const order = orderStart()
    if (await retire(files, found, options.root, { except: use.name, isIdle: isUseless })) {
      return await startServer(files, options.keeper, order, options.env)
    }
  }
  if (!isAlive(found.keeper)) {
    await startKeeper(options.keeper, orderOf(options, undefined), options.env)
    await waitUntil(takeOverPatience, () => {
      const now = readRecord(files)
      return now === undefined || isAlive(now.keeper)
    })
  }
  return found
}

/** A server in a container may be working: no second one is started next to it. */
function requireVisible(record: ServerRecord | undefined): void {
  const of = record === undefined || record.phase === 'claimed' ? record?.keeper : record
  if (of === undefined || !isOtherNamespace(of)) return
  throw new WorkError(
    `The opencode server of this repository may be running on ${describeSystem(of)}, which can't be seen from here.`,
    {
      code: 'server-unknown',
      hint: advice`Stop it there: ${work('doctor', '--stop-server')}. If you are sure that it has ended, run the same command here to remove its record.`,
      exitCode: exitCodes.unfinished,
    },
  )
}

/** The record, once no process is about to start or end its server. */
async function awaitStart({ run }: ServerOptions): Promise<ServerRecord | undefined> {
  const files = serverFiles(run)
  await waitUntil(startPatience, () => {
    const record = readRecord(files)
    return record === undefined || isLive(record) || !isAlive(record.keeper)
  })
  await waitUntil(takeOverPatience, () => {
    const record = readRecord(files)
    return record?.phase !== 'ending' || !isAlive(record) || !isAlive(record.keeper)
  })
  return readRecord(files)
}

/** Whether the recorded process is running and answers as the recorded server. */
async function answers(server: LiveServer): Promise<boolean> {
  const begun = performance.now()
  const waited = () => performance.now() - begun
  while (isAlive(server)) {
    const health = await askHealth(
      accessOf(server),
      Math.max(lastHealthPatience, busyPatience - Math.ceil(waited())),
    )
    if (health.type === 'well') return health.version === server.version
    if (health.type === 'refused') return false
    if (waited() > (health.type === 'busy' ? busyPatience : reachPatience)) return false
    await delay(reachInterval)
  }
  return false
}

/** Ends what is left of a server, and removes its record. */
async function clear({ run }: ServerOptions, record: ServerRecord | undefined): Promise<void> {
  // What is there now is newer or invalid.
  if (record === undefined) return
  if (record.phase !== 'claimed' && isAlive(record) && isServerProcess(record)) await endGroup(record.pid)
  if (isLive(record)) {
    endShells(record)
    removeOwn(serverFiles(run), record)
  } else {
    removeUnlessChanged(serverFiles(run), record)
  }
}

function isProcessAlive(record: ServerRecord): boolean {
  return record.phase !== 'claimed' && isAlive(record)
}

async function abortAll({ root }: ServerOptions, server: LiveServer): Promise<void> {
  const access = accessOf(server)
  try {
    for (const session of await listBusy(access, root, server.startedAt)) await abortSession(access, session)
  } catch {
    // It is ended anyway.
  }
}

/** How to reach a server that was started elsewhere: user and password come from the environment. */
export function accessTo(address: string, env: NodeJS.ProcessEnv): ServerAccess {
  return {
    url: address.replace(/\/+$/, ''),
    user: env['OPENCODE_SERVER_USERNAME'] ?? defaultUser,
    password: env['OPENCODE_SERVER_PASSWORD'],
  }
}

async function openExternal({ env }: ServerOptions, address: string): Promise<OpencodeServer> {
  const access = accessTo(address, env)
  const health = await askHealth(access, busyPatience)
  if (health.type === 'well') return { ...access, version: health.version }
  if (health.type === 'refused') {
    throw new WorkError(`The server ${access.url} refuses ${describePassword(access)}.`, {
      code: 'server-refused',
      hint: 'Set OPENCODE_SERVER_PASSWORD to the password of that server.',
    })
  }
  const why = health.type === 'busy' ? `No answer in ${busyPatience / 1000} seconds.` : health.message
  throw new WorkError(`The server ${access.url} can't be reached. ${why}`, {
    code: 'server-unreachable',
    hint: advice`Start it (${shell('opencode', 'serve')}), or omit --server: work then starts its own.`,
  })
}

function describePassword({ password }: ServerAccess): string {
  return password === undefined ? 'a call without a password' : 'the password in OPENCODE_SERVER_PASSWORD'
}

function describe(server: LiveServer): OpencodeServer {
  return { ...accessOf(server), version: server.version }
}

function orderOf({ run, root, env, idle }: ServerOptions, program: string | undefined) {
  return { run, root, program, environment: hashOf(env), idle }
}

/** Variables that differ between terminals and calls, and don't matter to a server. */
const volatile =
  /^(_|PWD|OLDPWD|SHLVL|COLUMNS|LINES|WINDOWID|STY|(TERM|TMUX|SSH_|XDG_SESSION|VSCODE_|npm_).*)$/

function hashOf(env: Record<string, string>): string {
  const entries = Object.entries(env).filter(([name]) => !volatile.test(name))
  const text = JSON.stringify(entries.toSorted(([one], [other]) => (one < other ? -1 : 1)))
  return createHash('sha256').update(text).digest('hex')
}

async function waitUntil(patience: number, condition: () => boolean): Promise<void> {
  const end = performance.now() + patience
  while (!condition() && performance.now() < end) await delay(serverInterval)
}
