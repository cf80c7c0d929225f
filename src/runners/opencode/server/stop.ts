import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import {
  descends,
  findByEnvironment,
  isGroupAlive,
  signalGroup,
  signalProcess,
} from '../../../process/identity.ts'
import { defaultUser, listBusy, type ServerAccess } from './http.ts'
import { isLive, isSameProcess, readRecord, removeRecord, replaceRecord } from './record.ts'
import type { LiveServer, ServerFiles, StartingServer } from './record.ts'
import { listUses } from './leases.ts'
import { serverGoneInterval, serverGrace, serverKillPatience } from './waits.ts'

/** How to reach the server of a record. */
export function accessOf({ port, password }: LiveServer): ServerAccess {
  return { url: `http://127.0.0.1:${port}`, user: defaultUser, password }
}

/**
 * Whether the process in a record is really its server, by the environment of the process. A record may name any
 * process: agents can write to its folder.
 */
export function isServerProcess(record: StartingServer | LiveServer): boolean {
  const { pid, password } = record
  const mark = password === undefined ? 'WORKSTREAM_ROLE=AGENT' : `OPENCODE_SERVER_PASSWORD=${password}`
  return descends(pid, (entries) => entries.includes(mark)) === 'yes'
}

/** Ends a server and what is left in its group: SIGTERM first, then SIGKILL. Resolves when it is gone. */
export async function endGroup(pid: number): Promise<void> {
  if (!signalGroup(pid, 'SIGTERM')) return
  const end = performance.now() + serverGrace
  while (isGroupAlive(pid) && performance.now() < end) await delay(serverGoneInterval)
  signalGroup(pid, 'SIGKILL')
  const last = performance.now() + serverKillPatience
  while (isGroupAlive(pid) && performance.now() < last) await delay(serverGoneInterval)
}

/**
 * Ends the shell commands that a dead server has left running, because resumed sessions run them again. Only these
 * have both its password and the role of an agent; a window that shows the server is the user's.
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
  /** It was unused for the idle time, or can't do anything: then errors in its answers don't keep it running. */
  isIdle?: boolean
}

/**
 * Ends a server that nobody uses and that has no working session; false if it is in use. A process that opens a server
 * first registers its use and then looks at the record. So this first marks the record as ending and then looks at the
 * uses: one of the two sees the other.
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

/** Removes the record if it still belongs to this server. */
export function removeOwn(files: ServerFiles, server: LiveServer): void {
  if (isOwn(files, server)) removeRecord(files)
}

/** Replaces the record if it still belongs to this server. */
export function replaceOwn(files: ServerFiles, server: LiveServer): void {
  if (isOwn(files, server)) replaceRecord(files, server)
}

function isOwn(files: ServerFiles, server: LiveServer): boolean {
  const record = readRecord(files)
  return isLive(record) && isSameProcess(record, server)
}

/**
 * A server that does not answer counts as busy, because ending it would lose work. So does one that answers with an
 * error, unless it `isIdle`. If its repository is gone, it is not busy.
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
