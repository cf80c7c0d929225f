import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ProcessIdentity } from '../../../machines/session.ts'
import { draftName, removeDrafts } from '../../files/drafts.ts'
import { systemCode } from '../../errors.ts'
import { isIdentity, type ServerFiles } from './server/record.ts'

/**
 * The time limit of a session on the server. `work` writes it before the prompt is delivered, so that the keeper can
 * end the session even when `work` is gone. Removed when the session has ended.
 */
export interface SessionLimit {
  sessionId: string
  /** Token of the attempt: a resumed session has the same id. */
  token: string
  /** The folder by which the server finds the session, absolute. */
  directory: string
  /** Path of the session's log files without extension, relative to the repository root. */
  log: string
  /** In milliseconds of supervised time. */
  timeout: number
  /** Approximate number of supervised milliseconds so far. */
  watched: number
  /** The process that keeps the time; absent until a keeper has seen it. */
  keeper?: ProcessIdentity | undefined
}

/** Writes a limit. A reader sees the old file or the new one. */
export function writeLimit(files: ServerFiles, limit: SessionLimit): void {
  const path = pathOf(files, limit.sessionId)
  const draft = draftName(path)
  removeDrafts(dirname(path))
  mkdirSync(files.limits, { recursive: true })
  writeFileSync(draft, JSON.stringify(limit))
  renameSync(draft, path)
}

/** The limit of a session; undefined if there is none, or if it is invalid. */
export function readLimit(files: ServerFiles, sessionId: string): SessionLimit | undefined {
  return readFile(pathOf(files, sessionId))
}

/** All limits. */
export function listLimits(files: ServerFiles): SessionLimit[] {
  return namesIn(files.limits)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => readFile(join(files.limits, name)) ?? [])
}

/** Removes the limit of a session if it still belongs to this attempt. */
export function removeLimit(
  files: ServerFiles,
  { sessionId, token }: Pick<SessionLimit, 'sessionId' | 'token'>,
) {
  if (readLimit(files, sessionId)?.token === token) rmSync(pathOf(files, sessionId), { force: true })
}

/** An id may be any text: tasks.json can be edited. */
function pathOf(files: ServerFiles, sessionId: string): string {
  return join(files.limits, `${encodeURIComponent(sessionId).replaceAll('.', '%2E')}.json`)
}

function readFile(path: string): SessionLimit | undefined {
  try {
    const limit: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return isLimit(limit) ? limit : undefined
  } catch (error) {
    if (error instanceof SyntaxError || systemCode(error) !== undefined) return undefined
    throw error
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  }
}

// By hand and without a library, because the keeper reads it too.
function isLimit(value: unknown): value is SessionLimit {
  if (typeof value !== 'object' || value === null) return false
  const fields: Record<string, unknown> = { ...value }
  return (
    ['sessionId', 'token', 'directory', 'log'].every((name) => typeof fields[name] === 'string') &&
    ['timeout', 'watched'].every((name) => Number.isFinite(fields[name])) &&
    isLogBase(String(fields['log'])) &&
    (fields['keeper'] === undefined || isIdentity(fields['keeper']))
  )
}

/** Whether a path leads to log files of a workstream: what is written there must stay in the repository. */
function isLogBase(path: string): boolean {
  const parts = path.split('/')
  return (
    parts[0] === 'work' && parts.length > 2 && parts.every((part) => part !== '' && !/^\.\.?$/.test(part))
  )
}
