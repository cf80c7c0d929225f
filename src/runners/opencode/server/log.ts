import { fchmodSync, openSync, renameSync, statSync } from 'node:fs'
import { readTail } from '../../tail.ts'

/** From this size, in bytes, a new server begins a new log; the previous one is kept. */
const fullLog = 5 * 1024 * 1024

/** Opens the log for appending, readable only by its owner. */
export function openServerLog(path: string): number {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > fullLog) renameSync(path, `${path}.1`)
  const file = openSync(path, 'a', 0o600)
  fchmodSync(file, 0o600)
  return file
}

/** The length of the log, in bytes. */
export function logSize(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

/** The log from byte `offset` on, at most its last 64 KB. */
export function readServerLog(path: string, offset: number): string {
  return readTail(path, 65_536, offset)
}
