import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { exitCodes, WorkError } from '../../errors.ts'
import { isAlive, isOtherNamespace } from '../identity.ts'
import { describeSystem } from '../origin.ts'
import {
  abortSession,
  askHealth,
  defaultUser,
  isStuck,
  listBusy,
  type ServerAccess,
} from './server-access.ts'
import {
  accessOf,
  endGroup,
  endShells,
  isServerProcess,
  removeOwn,
  replaceOwn,
  retire,
} from './server-end.ts'
import { findOpencode } from './server-program.ts'
import {
  isLive,
  readRecord,
  removeNonsense,
  removeUnlessChanged,
  serverFiles,
  type LiveServer,
  type ServerRecord,
} from './server-record.ts'
import { startKeeper, startServer } from './server-start.ts'
import { useServer, type ServerUse } from './server-users.ts'

export { headersOf } from './server-access.ts'

/** A server that answers. */
export interface OpencodeServer extends ServerAccess {
  /** Of opencode. */
  version: string
}

/** A server that is not ended as unused until it is released, or this process ends. */
export interface HeldServer extends OpencodeServer {
  release: () => void
}

export interface ServerOptions {
  /** `work/.run`, absolute. */
  run: string
  /** The repository, absolute: where the server runs. */
  root: string
  /** The environment of the server, and so of the shells of its agents. */
  env: Record<string, string>
  /** Absolute path of the built keeper. */
  keeper: string
  /** Runs an action while this process holds the kernel lock of the server. */
  withLock: <T>(action: () => Promise<T>) => Promise<T>
  /** The address of a server to use instead of an own one; its password is `OPENCODE_SERVER_PASSWORD` of `env`. */
  external?: string | undefined
  /** How long a server that nobody uses lives, in milliseconds. */
  idle: number
}

/** How long a server whose process lives may take to answer, in milliseconds: to give it up loses its work. */
const healthPatience = 30_000
/** How long one may be out of reach: a connection may fail for once. */
const reachPatience = 3000
/** How long somebody may take who is about to end a server, in milliseconds. */
const endPatience = 20_000

/**
 * The server of this repository: the one that runs, else one that is started. Throws a `WorkError`: `opencode-missing`,
 * `server-not-started`, or for an external one `server-unreachable` or `server-refused`.
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
 * The server of this repository if it runs and answers. It is not held: it may end as unused at any time. An external
 * one has to be there: throws a `WorkError` like `openServer`.
 */
export async function findServer(options: ServerOptions): Promise<OpencodeServer | undefined> {
  if (options.external !== undefined) return await openExternal(options, options.external)
  const record = readRecord(serverFiles(options.run))
  return isLive(record) && (await answers(record)) ? describe(record) : undefined
}

/**
 * Ends the server of this repository, with all work in it: sessions are aborted first, so that the commands which their
 * agents run end too. An external server is not ours to end.
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

/** The server as it should be, with a keeper that looks after it: nothing is to be done, so no lock is needed. */
async function findKept({ run, root, env }: ServerOptions): Promise<LiveServer | undefined> {
  const record = readRecord(serverFiles(run))
  if (!isLive(record) || record.phase !== 'ready' || !isAlive(record.keeper)) return undefined
  if (record.environment !== hashOf(env) || !(await answers(record))) return undefined
  return (await isStuck(accessOf(record), root)) ? undefined : record
}

/** Under the lock: finds out what there is, mends it, or starts a new server. */
async function settle(options: ServerOptions, use: ServerUse): Promise<LiveServer> {
  const files = serverFiles(options.run)
  // Before anything is ended: without opencode nothing could take its place.
  const orderStart = () => orderOf(options, findOpencode(options.env, options.keeper))
  const found = await awaitStart(options)
  requireVisible(found)
  if (!isLive(found) || !(await answers(found))) {
    const order = orderStart()
    await clear(options, found)
    removeNonsense(files)
    return await startServer(files, options.keeper, order, options.env)
  }
  // Whoever was about to end it died before he did.
  if (found.phase === 'ending') replaceOwn(files, { ...found, phase: 'ready' })
  // Another environment, such as a key that was missing, or a configuration that could not be read when it was needed: a
  // new server, unless somebody works with this one.
  const isUseless = await isStuck(accessOf(found), options.root)
  if (found.environment !== hashOf(options.env) || isUseless) {
    const order = orderStart()
    if (await retire(files, found, options.root, { except: use.name, isIdle: isUseless })) {
      return await startServer(files, options.keeper, order, options.env)
    }
  }
  if (!isAlive(found.keeper)) {
    await startKeeper(options.keeper, orderOf(options, undefined), options.env)
    await waitUntil(endPatience, () => {
      const now = readRecord(files)
      return now === undefined || isAlive(now.keeper)
    })
  }
  return found
}

/** A server in a container may be at work: no second one is started beside it. */
function requireVisible(record: ServerRecord | undefined): void {
  const of = record === undefined || record.phase === 'claimed' ? record?.keeper : record
  if (of === undefined || !isOtherNamespace(of)) return
  throw new WorkError(
    `The opencode server of this repository may be running on ${describeSystem(of)}, which can't be seen from here.`,
    {
      code: 'server-unknown',
      hint: 'Stop it there: work doctor --stop-server. If you know that it has ended, the same command here removes its record.',
      exitCode: exitCodes.unfinished,
    },
  )
}

/** The record once nobody is about to start or end the server it tells of. */
async function awaitStart({ run }: ServerOptions): Promise<ServerRecord | undefined> {
  const files = serverFiles(run)
  await waitUntil(120_000, () => {
    const record = readRecord(files)
    return record === undefined || isLive(record) || !isAlive(record.keeper)
  })
  await waitUntil(endPatience, () => {
    const record = readRecord(files)
    return record?.phase !== 'ending' || !isAlive(record) || !isAlive(record.keeper)
  })
  return readRecord(files)
}

/** Whether the process of a record lives and answers as the server that was recorded. */
async function answers(server: LiveServer): Promise<boolean> {
  const begun = performance.now()
  const waited = () => performance.now() - begun
  while (isAlive(server)) {
    const health = await askHealth(accessOf(server), Math.max(1000, healthPatience - Math.ceil(waited())))
    if (health.type === 'well') return health.version === server.version
    if (health.type === 'refused') return false
    if (waited() > (health.type === 'busy' ? healthPatience : reachPatience)) return false
    await delay(100)
  }
  return false
}

/** Ends what is left of a server, and takes its record away. */
async function clear({ run }: ServerOptions, record: ServerRecord | undefined): Promise<void> {
  // What is there now has come since, or makes no sense.
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

/** How to talk to a server that others have started: its user and password stand in the environment. */
export function accessTo(address: string, env: NodeJS.ProcessEnv): ServerAccess {
  return {
    url: address.replace(/\/+$/, ''),
    user: env['OPENCODE_SERVER_USERNAME'] ?? defaultUser,
    password: env['OPENCODE_SERVER_PASSWORD'],
  }
}

async function openExternal({ env }: ServerOptions, address: string): Promise<OpencodeServer> {
  const access = accessTo(address, env)
  const health = await askHealth(access, healthPatience)
  if (health.type === 'well') return { ...access, version: health.version }
  if (health.type === 'refused') {
    throw new WorkError(`The server ${access.url} refuses ${describePassword(access)}.`, {
      code: 'server-refused',
      hint: 'Set OPENCODE_SERVER_PASSWORD to the password that it was started with.',
    })
  }
  const why = health.type === 'busy' ? `No answer in ${healthPatience / 1000} seconds.` : health.message
  throw new WorkError(`The server ${access.url} can't be reached. ${why}`, {
    code: 'server-unreachable',
    hint: 'Start it (opencode serve), or leave --server out: work starts one of its own.',
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

/** Variables that differ from terminal to terminal and from call to call, and mean nothing to a server. */
const volatile =
  /^(_|PWD|OLDPWD|SHLVL|COLUMNS|LINES|WINDOWID|STY|(TERM|TMUX|SSH_|XDG_SESSION|VSCODE_|npm_).*)$/

function hashOf(env: Record<string, string>): string {
  const entries = Object.entries(env).filter(([name]) => !volatile.test(name))
  const text = JSON.stringify(entries.toSorted(([one], [other]) => (one < other ? -1 : 1)))
  return createHash('sha256').update(text).digest('hex')
}

async function waitUntil(patience: number, condition: () => boolean): Promise<void> {
  const end = performance.now() + patience
  while (!condition() && performance.now() < end) await delay(25)
}
