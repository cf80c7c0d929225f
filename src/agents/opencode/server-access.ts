import { existsSync } from 'node:fs'
import { sep } from 'node:path'
import { messageOf } from '../../errors.ts'

/** What it takes to talk to a server. */
export interface ServerAccess {
  url: string
  user: string
  /** Undefined for a server that asks for none. */
  password: string | undefined
}

/** The name that opencode's own servers go by. */
export const defaultUser = 'opencode'

/** The headers that let a request in. */
export function headersOf({ user, password }: ServerAccess): Record<string, string> {
  if (password === undefined) return {}
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
}

/** `busy`: no answer in time, which a server with much to do may be late with. */
export type Health =
  | { type: 'well'; version: string }
  | { type: 'refused' }
  | { type: 'busy' }
  | { type: 'unreachable'; message: string }

/** Asks a server how it is. `refused`: it knows neither user nor password. */
export async function askHealth(access: ServerAccess, timeout: number): Promise<Health> {
  try {
    const response = await request(access, 'GET', '/global/health', timeout)
    if (response.status === 401 || response.status === 403) return { type: 'refused' }
    const version = versionIn(response.body)
    if (response.status === 200 && version !== undefined) return { type: 'well', version }
    return { type: 'unreachable', message: `It answered ${response.status}, and not as opencode does.` }
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError') return { type: 'busy' }
    return { type: 'unreachable', message: messageOf(causeOf(error)) }
  }
}

/** A session that is at work, and the folder by which the server finds it. */
export interface BusySession {
  id: string
  directory: string
}

/** The server answered, with an error: it is there and can't do what it was asked for. */
class ErrorAnswer extends Error {}

/**
 * The sessions that work or wait to try again. The server tells them for one folder at a time, so this asks for `root`
 * and for each folder of a session of the project that changed since the server was started. With `skipsErrors` there are
 * none where it answers with an error, as it does in a folder whose opencode.json is broken.
 */
export async function listBusy(
  access: ServerAccess,
  root: string,
  startedAt: string,
  skipsErrors = false,
): Promise<BusySession[]> {
  const skip = (error: unknown): [] => {
    if (skipsErrors && error instanceof ErrorAnswer) return []
    throw error
  }
  // A minute of leeway for clocks that are set.
  const start = Date.parse(startedAt) - 60_000
  const sessions = await read(access, `/session?limit=10000&start=${start}`).catch(skip)
  const folders = new Set([root, ...foldersIn(sessions, root)].filter((folder) => existsSync(folder)))
  const busy: BusySession[] = []
  for (const directory of folders) {
    const ids = await listBusyIn(access, directory).catch(skip)
    busy.push(...ids.map((id) => ({ id, directory })))
  }
  return busy
}

/**
 * Whether a server answers for a folder with errors only. opencode reads the configuration of a folder once: where that
 * was broken, it goes on to say so after it was repaired.
 */
export async function isStuck(access: ServerAccess, directory: string): Promise<boolean> {
  try {
    await listBusyIn(access, directory)
    return false
  } catch (error) {
    return error instanceof ErrorAnswer
  }
}

/** The ids of the sessions in one folder that work or wait to try again. */
export async function listBusyIn(access: ServerAccess, directory: string): Promise<string[]> {
  const query = new URLSearchParams({ directory }).toString()
  return Object.keys(objectOf(await read(access, `/session/status?${query}`)))
}

/** The models of all providers that are set up, as `provider/model`. */
export async function listModels(access: ServerAccess, root: string): Promise<string[]> {
  const query = new URLSearchParams({ directory: root }).toString()
  const { providers } = objectOf(await read(access, `/config/providers?${query}`))
  if (!Array.isArray(providers)) throw new Error('GET /config/providers answered no providers.')
  return providers.flatMap((provider) => {
    const { id, models } = objectOf(provider)
    return Object.keys(objectOf(models)).map((model) => `${String(id)}/${model}`)
  })
}

/** Stops the work of a session and the commands that its agent runs. */
export async function abortSession(access: ServerAccess, { id, directory }: BusySession): Promise<void> {
  const query = new URLSearchParams({ directory }).toString()
  await request(access, 'POST', `/session/${encodeURIComponent(id)}/abort?${query}`, 10_000)
}

async function read(access: ServerAccess, path: string): Promise<unknown> {
  const { status, body } = await request(access, 'GET', path, 60_000)
  if (status === 200 && body !== undefined) return body
  const message = `GET ${path} answered ${status}.`
  // One that does not let us in may be at work.
  throw status === 401 || status === 403 || status === 200 ? new Error(message) : new ErrorAnswer(message)
}

interface Answer {
  status: number
  /** Undefined when it is not JSON. */
  body: unknown
}

async function request(access: ServerAccess, method: string, path: string, timeout: number): Promise<Answer> {
  const response = await fetch(`${access.url}${path}`, {
    method,
    headers: headersOf(access),
    redirect: 'error',
    signal: AbortSignal.timeout(timeout),
  })
  const text = await response.text()
  return { status: response.status, body: parse(text) }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** `fetch failed` says nothing; why it failed is below it. */
function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? error.cause : error
}

function versionIn(body: unknown): string | undefined {
  const { healthy, version } = objectOf(body)
  return healthy === true && typeof version === 'string' ? version : undefined
}

/** A repository without a commit is in the project `global`, with every other such folder of this user. */
function foldersIn(sessions: unknown, root: string): string[] {
  if (!Array.isArray(sessions)) return []
  return sessions.flatMap((session) => {
    const { directory, projectID } = objectOf(session)
    if (typeof directory !== 'string') return []
    return projectID !== 'global' || directory.startsWith(`${root}${sep}`) ? [directory] : []
  })
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
