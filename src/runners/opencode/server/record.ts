import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { ProcessIdentity } from '../../../../machines/session.ts'
import { systemCode } from '../../../errors.ts'
import { draftName, removeDrafts } from '../../../files/drafts.ts'
import { moveUnlessThere } from '../../../files/create-once.ts'
import { folderIdentity } from '../../../process/origin.ts'

/** All files of a repository's server in `work/.run`. Absolute. */
export interface ServerFiles {
  /** Which server runs, and how to reach it. Contains the password: mode 0600. */
  record: string
  /** Output of the server and its keeper. */
  log: string
  /** One file for each use of the server by a `work` process. */
  users: string
  /** One file for each session with a time limit. */
  limits: string
  /**
   * Where opencode unpacks libraries, which it would otherwise leave in the system's temp folder. Removed with the
   * server.
   */
  unpacked: string
}

/** The server files of the repository with this `work/.run`. */
export function serverFiles(run: string): ServerFiles {
  return {
    record: join(run, 'opencode.json'),
    log: join(run, 'opencode.log'),
    users: join(run, 'opencode.users'),
    limits: join(run, 'opencode.limits'),
    unpacked: join(run, 'opencode.tmp'),
  }
}

/**
 * The server of a repository, as seen by its keeper and users: a keeper has claimed to start it, it is starting, it is
 * ready, or it was found unused and is about to end.
 */
export type ServerRecord = ClaimedServer | StartingServer | LiveServer

interface ServerBase {
  keeper: ProcessIdentity
  /** ISO time. */
  startedAt: string
}

export interface ClaimedServer extends ServerBase {
  phase: 'claimed'
}

export interface StartingServer extends ServerBase, ProcessIdentity {
  phase: 'starting'
  /** In the environment of the server's processes. Absent in records of earlier versions. */
  password?: string
}

export interface LiveServer extends ServerBase, ProcessIdentity {
  phase: 'ready' | 'ending'
  /** On 127.0.0.1. */
  port: number
  /** Version of opencode. */
  version: string
  password: string
  /** A hash of its environment. */
  environment: string
}

/** Whether a record describes a server that can be reached. */
export function isLive(record: ServerRecord | undefined): record is LiveServer {
  return record?.phase === 'ready' || record?.phase === 'ending'
}

/**
 * The current record; undefined if there is none, if it is invalid, or if it belongs to the checkout that this is a
 * copy of.
 */
export function readRecord(files: ServerFiles): ServerRecord | undefined {
  try {
    const record: unknown = JSON.parse(readFileSync(files.record, 'utf8'))
    return isServerRecord(record) && !isCopied(files, record) ? record : undefined
  } catch (error) {
    if (error instanceof SyntaxError || systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Creates the record unless there is one: of any number of competing keepers, exactly one gets `true`. */
export function claimRecord(files: ServerFiles, record: ClaimedServer): boolean {
  return moveUnlessThere(writeDraft(files, record), files.record)
}

/** Replaces the record; a reader sees the old one or the new one. */
export function replaceRecord(files: ServerFiles, record: ServerRecord): void {
  renameSync(writeDraft(files, record), files.record)
}

/** Removes an invalid record, which would otherwise block a new one. */
export function removeNonsense(files: ServerFiles): void {
  if (existsSync(files.record) && readRecord(files) === undefined) removeRecord(files)
}

/** Removes the record if it is unchanged since it was read: another keeper may have claimed it in the meantime. */
export function removeUnlessChanged(files: ServerFiles, record: ServerRecord): void {
  if (isDeepStrictEqual(readRecord(files), record)) removeRecord(files)
}

/** Removes the record and what its server unpacked, so that the next one can be created. */
export function removeRecord(files: ServerFiles): void {
  removeUnpacked(files)
  rmSync(files.record, { force: true })
}

/**
 * The environment in which opencode unpacks its libraries to a folder that is removed with the server. Creates the
 * folder.
 */
export function unpackingIn(files: ServerFiles): { BUN_TMPDIR: string } {
  mkdirSync(files.unpacked, { recursive: true, mode: 0o700 })
  return { BUN_TMPDIR: files.unpacked }
}

/** A process that uses a library keeps it even when its file is gone. */
function removeUnpacked(files: ServerFiles): void {
  rmSync(files.unpacked, { recursive: true, force: true })
}

/** Whether two identities are the same process. */
export function isSameProcess(one: ProcessIdentity, other: ProcessIdentity): boolean {
  return (
    one.pid === other.pid &&
    one.startTicks === other.startTicks &&
    one.bootId === other.bootId &&
    one.host === other.host
  )
}

/** Records of earlier versions don't name their folder. */
function isCopied(files: ServerFiles, record: object): boolean {
  return 'folder' in record && record.folder !== folderIdentity(dirname(files.record))
}

function writeDraft(files: ServerFiles, record: ServerRecord): string {
  const draft = draftName(files.record)
  removeDrafts(dirname(files.record), basename(files.record))
  // The mode applies only when a file is created, as it always is here.
  writeFileSync(
    draft,
    `${JSON.stringify({ ...record, folder: folderIdentity(dirname(files.record)) }, null, 2)}\n`,
    { flag: 'wx', mode: 0o600 },
  )
  return draft
}

// By hand and without a library, because the keeper reads it too.
function isServerRecord(value: unknown): value is ServerRecord {
  if (!isObject(value) || !isIdentity(value['keeper']) || !isText(value['startedAt'])) return false
  if (value['phase'] === 'claimed') return true
  if (!isIdentity(value)) return false
  if (value['phase'] === 'starting') return true
  return (
    (value['phase'] === 'ready' || value['phase'] === 'ending') &&
    Number.isInteger(value['port']) &&
    [value['version'], value['password'], value['environment']].every(isText)
  )
}

/** Whether a value identifies a process. Pids below 2 are rejected: nobody must signal their group. */
export function isIdentity(value: unknown): value is ProcessIdentity & Record<string, unknown> {
  return (
    isObject(value) &&
    Number.isInteger(value['pid']) &&
    Number(value['pid']) > 1 &&
    [value['startTicks'], value['host'], value['bootId']].every(isText)
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
