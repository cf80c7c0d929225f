import { closeSync, fchmodSync, openSync, fstatSync, readSync, renameSync, statSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'

/** From this size on, in bytes, a new server begins a new log; the one before is kept. */
const fullLog = 5 * 1024 * 1024

/** Opens the log for appending, readable by its owner only. */
export function openLog(path: string): number {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > fullLog) renameSync(path, `${path}.1`)
  const file = openSync(path, 'a', 0o600)
  fchmodSync(file, 0o600)
  return file
}

/** How long the log is, in bytes. */
export function logSize(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

/** What was written to the log from byte `offset` on, at most its last 64 KB. */
export function readLog(path: string, offset: number): string {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const start = Math.max(offset, size - 65_536)
    const buffer = Buffer.alloc(Math.max(0, size - start))
    return buffer.toString('utf8', 0, readSync(file, buffer, 0, buffer.length, start))
  } finally {
    closeSync(file)
  }
}

/** The last lines of a log that say something, without control characters. */
export function lastLogLines(text: string, count: number): string[] {
  return stripVTControlCharacters(text)
    .split(/[\r\n]+/)
    .map((line) =>
      line
        .replaceAll('\t', ' ')
        .replaceAll(/\p{Cc}/gu, '')
        .trim(),
    )
    .filter((line) => line !== '')
    .slice(-count)
}
