import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { descends, findByEnvironment, isGroupAlive, signalGroup, signalProcess } from '../identity.ts'
import { defaultUser, listBusy, type ServerAccess } from './server-access.ts'
import { isLive, isSameProcess, readRecord, removeRecord, replaceRecord } from './server-record.ts'
import type { LiveServer, ServerFiles, StartingServer } from './server-record.ts'
import { listUses } from './server-users.ts'

/** How to talk to the server of a record. */
export function accessOf({ port, password }: LiveServer): ServerAccess {
  return { url: `http://127.0.0.1:${port}`, user: defaultUser, password }
}

/**
 * Whether the process that a record names is the server that it tells of, as the environment of the process shows. A record
 * may name any process: it is in a folder that agents can write to.
 */
export function isServerProcess(record: StartingServer | LiveServer): boolean {
  const { pid, password } = record
  const mark = password === undefined ? 'WORKSTREAM_ROLE=AGENT' : `OPENCODE_SERVER_PASSWORD=${password}`
  return descends(pid, (entries) => entries.includes(mark)) === 'yes'
}

/** Ends a server and what is left in its group: politely, then for good. Resolves when it is gone. */
export async function endGroup(pid: number): Promise<void> {
  if (!signalGroup(pid, 'SIGTERM')) return
  const end = performance.now() + 5000
  while (isGroupAlive(pid) && performance.now() < end) await delay(20)
  signalGroup(pid, 'SIGKILL')
  const last = performance.now() + 5000
  while (isGroupAlive(pid) && performance.now() < last) await delay(20)
}

/**
 * Ends the shell commands that a server which died has left at work: whoever goes on with its sessions runs them anew.
 * They alone carry both its password and the role of an agent; a window that looks at it is a person's.
 */
export function endShells({ password }: LiveServer): void {
  const agents = new Set(findByEnvironment('WORKSTREAM_ROLE', 'AGENT'))
  for (const pid of findByEnvironment('OPENCODE_SERVER_PASSWORD', password)) {
    if (agents.has(pid) && pid !== process.pid) signalProcess(pid, 'SIGKILL')
  }
}

export interface RetireOptions {
  /** The name of a use that does not count. */
  except?: string
  /** Nobody has used it for the idle time, or it can't do anything: then it is not kept for what it answers with an error. */
  isIdle?: boolean
}

/**
 * Ends a server that nobody uses and where no session works; false when somebody does. Whoever opens a
 * server says first that he uses it and looks at the record then. So the record says first that the server is about to
 * end, and the uses are looked at then: one of the two sees the other.
 */
export async function retire(
  files: ServerFiles,
  server: LiveServer,
  root: string,
  { except, isIdle = false }: RetireOptions,
): Promise<boolean> {
  const isWorking = () => isBusy(files, server, root, isIdle)
  const isUsed = () => listUses(files).some((name) => name !== except)
  if (isUsed() || (await isWorking())) return false
  replaceOwn(files, { ...server, phase: 'ending' })
  if (isUsed() || (await isWorking())) {
    replaceOwn(files, { ...server, phase: 'ready' })
    return false
  }
  if (isServerProcess(server)) await endGroup(server.pid)
  removeOwn(files, server)
  return true
}

/** Takes the record away if it is still this server's. */
export function removeOwn(files: ServerFiles, server: LiveServer): void {
  if (isOwn(files, server)) removeRecord(files)
}

/** Replaces the record if it is still this server's. */
export function replaceOwn(files: ServerFiles, server: LiveServer): void {
  if (isOwn(files, server)) replaceRecord(files, server)
}

function isOwn(files: ServerFiles, server: LiveServer): boolean {
  const record = readRecord(files)
  return isLive(record) && isSameProcess(record, server)
}

/**
 * A server that does not answer counts as busy: to end it would lose work. So does one that answers with an error, unless it
 * `isIdle`. Where its repository is gone there is none.
 */
async function isBusy(
  files: ServerFiles,
  server: LiveServer,
  root: string,
  isIdle: boolean,
): Promise<boolean> {
  if (!existsSync(dirname(files.record))) return false
  try {
    return (await listBusy(accessOf(server), root, server.startedAt, isIdle)).length > 0
  } catch {
    return true
  }
}
