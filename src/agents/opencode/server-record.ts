import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { ProcessIdentity } from '../../../machines/session.ts'
import { systemCode } from '../../errors.ts'
import { draftName, removeDrafts } from '../../drafts.ts'
import { moveUnlessThere } from '../once.ts'
import { folderIdentity } from '../origin.ts'

/** Everything that the server of one repository has below `work/.run`. Absolute. */
export interface ServerFiles {
  /** Which server runs, and how to reach it. Holds the password: mode 0600. */
  record: string
  /** What the server and its keeper have to say. */
  log: string
  /** One file for each use of the server by a `work` process. */
  users: string
  /** One file for each session that may not take longer than a certain time. */
  limits: string
  /** Where opencode unpacks libraries, which it would leave in the temp folder of the system. Goes with the server. */
  unpacked: string
}

/** The files of the server whose repository has this `work/.run`. */
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
 * The one server of a repository, as its keeper and whoever uses it see it: a keeper has claimed to start it, it starts,
 * it is ready, or somebody found it unused and is about to end it.
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
  /** Of opencode. */
  version: string
  password: string
  /** A hash of the environment that it was started in. */
  environment: string
}

/** Whether a record is of a server that can be talked to. */
export function isLive(record: ServerRecord | undefined): record is LiveServer {
  return record?.phase === 'ready' || record?.phase === 'ending'
}

/** The record as it is now; undefined when there is none, none that makes sense, or one of the checkout that this is a copy of. */
export function readRecord(files: ServerFiles): ServerRecord | undefined {
  try {
    const record: unknown = JSON.parse(readFileSync(files.record, 'utf8'))
    return isServerRecord(record) && !isCopied(files, record) ? record : undefined
  } catch (error) {
    if (error instanceof SyntaxError || systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Makes the record unless there is one: of any number of keepers that try, exactly one gets `true`. */
export function claimRecord(files: ServerFiles, record: ClaimedServer): boolean {
  return moveUnlessThere(writeDraft(files, record), files.record)
}

/** Replaces the record; a reader sees the old one or the new one. */
export function replaceRecord(files: ServerFiles, record: ServerRecord): void {
  renameSync(writeDraft(files, record), files.record)
}

/** Takes away what makes no sense as a record: nobody wrote that, and it would be in the way. */
export function removeNonsense(files: ServerFiles): void {
  if (existsSync(files.record) && readRecord(files) === undefined) removeRecord(files)
}

/** Takes the record away if it still is as it was read: since then another keeper may have claimed it. */
export function removeUnlessChanged(files: ServerFiles, record: ServerRecord): void {
  if (isDeepStrictEqual(readRecord(files), record)) removeRecord(files)
}

/** Takes the record away, with what its server unpacked, so that the next one can be made. */
export function removeRecord(files: ServerFiles): void {
  removeUnpacked(files)
  rmSync(files.record, { force: true })
}

/** The environment in which opencode unpacks its libraries where they are removed with the server. Makes the folder. */
export function unpackingIn(files: ServerFiles): { BUN_TMPDIR: string } {
  mkdirSync(files.unpacked, { recursive: true, mode: 0o700 })
  return { BUN_TMPDIR: files.unpacked }
}

/** A process that uses a library keeps it, also when its file is gone. */
function removeUnpacked(files: ServerFiles): void {
  rmSync(files.unpacked, { recursive: true, force: true })
}

/** Whether two identities are of one process. */
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
  // The mode counts only when a file is made, as it always is here.
  writeFileSync(
    draft,
    `${JSON.stringify({ ...record, folder: folderIdentity(dirname(files.record)) }, null, 2)}\n`,
    { flag: 'wx', mode: 0o600 },
  )
  return draft
}

// By hand and without a library: the keeper reads it too.
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

/** Whether a value says who a process is. Of a pid below 2 nobody is to signal the group. */
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
