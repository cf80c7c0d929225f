import { existsSync } from 'node:fs'
import { sep } from 'node:path'
import { messageOf } from '../../../errors.ts'
import { abortCallPatience, clockTolerance, listPatience } from './waits.ts'

/** How to reach a server. */
export interface ServerAccess {
  url: string
  user: string
  /** Undefined for a server without a password. */
  password: string | undefined
}

/** The default user name of opencode servers. */
export const defaultUser = 'opencode'

/** The headers that authorize a request. */
export function headersOf({ user, password }: ServerAccess): Record<string, string> {
  if (password === undefined) return {}
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
}

/** `busy`: no answer in time, as from a server under load. */
export type Health =
  | { type: 'well'; version: string }
  | { type: 'refused' }
  | { type: 'busy' }
  | { type: 'unreachable'; message: string }

/** Checks the health of a server. `refused`: wrong user or password. */
export async function askHealth(access: ServerAccess, timeout: number): Promise<Health> {
  try {
    const response = await request(access, 'GET', '/global/health', timeout)
    if (response.status === 401 || response.status === 403) return { type: 'refused' }
    const version = versionIn(response.body)
    if (response.status === 200 && version !== undefined) return { type: 'well', version }
    return { type: 'unreachable', message: `It answered ${response.status}, not like opencode.` }
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError') return { type: 'busy' }
    return { type: 'unreachable', message: messageOf(causeOf(error)) }
  }
}

/** A working session, and the folder by which the server finds it. */
export interface BusySession {
  id: string
  directory: string
}

/** The server answered with an error: it is running but can't do what it was asked for. */
class ErrorAnswer extends Error {}

/**
 * The sessions that are working or waiting to retry. The server lists them per folder, so this asks for `root` and for
 * each folder of a session of the project that changed since the server was started. With `skipsErrors`, a folder
 * where it answers with an error counts as idle, as with a broken opencode.json.
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
  const start = Date.parse(startedAt) - clockTolerance
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
 * Whether a server answers for a folder with errors only. opencode reads the configuration of a folder once: if it was
 * broken, the error remains even after it was fixed.
 */
export async function isUnresponsive(access: ServerAccess, directory: string): Promise<boolean> {
  try {
    await listBusyIn(access, directory)
    return false
  } catch (error) {
    return error instanceof ErrorAnswer
  }
}

/** The ids of the sessions in one folder that are working or waiting to retry. */
export async function listBusyIn(access: ServerAccess, directory: string): Promise<string[]> {
  const query = new URLSearchParams({ directory }).toString()
  return Object.keys(objectOf(await read(access, `/session/status?${query}`)))
}

/** The models of all configured providers, as `provider/model`. */
export async function fetchModels(access: ServerAccess, root: string): Promise<string[]> {
  const query = new URLSearchParams({ directory: root }).toString()
  const { providers } = objectOf(await read(access, `/config/providers?${query}`))
  if (!Array.isArray(providers)) throw new Error('GET /config/providers answered no providers.')
  return providers.flatMap((provider) => {
    const { id, models } = objectOf(provider)
    return Object.keys(objectOf(models)).map((model) => `${String(id)}/${model}`)
  })
}

/** Stops a session and the commands that its agent runs. */
export async function abortSession(access: ServerAccess, { id, directory }: BusySession): Promise<void> {
  const query = new URLSearchParams({ directory }).toString()
  await request(access, 'POST', `/session/${encodeURIComponent(id)}/abort?${query}`, abortCallPatience)
}

async function read(access: ServerAccess, path: string): Promise<unknown> {
  const { status, body } = await request(access, 'GET', path, listPatience)
  if (status === 200 && body !== undefined) return body
  const message = `GET ${path} answered ${status}.`
  // A server that rejects our password may be working.
  throw status === 401 || status === 403 || status === 200 ? new Error(message) : new ErrorAnswer(message)
}

interface Answer {
  status: number
  /** Undefined if it is not JSON. */
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

/** `fetch failed` says nothing; the reason is in its cause. */
function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? error.cause : error
}

function versionIn(body: unknown): string | undefined {
  const { healthy, version } = objectOf(body)
  return healthy === true && typeof version === 'string' ? version : undefined
}

/** A repository without a commit is in the project `global`, with all such folders of this user. */
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
