import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** Bytes and lines at the end of an output that are enough to see why a command failed. */
const mostBytes = 16 * 1024
const mostLines = 20

/** The last lines of a file, of what was written after its first `begin` bytes. */
export function outputEnd(path: string, begin: number): string {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const from = Math.max(begin, size - mostBytes)
    const bytes = Buffer.alloc(Math.max(0, size - from))
    const read = readSync(file, bytes, 0, bytes.length, from)
    return bytes.subarray(0, read).toString('utf8').trimEnd().split('\n').slice(-mostLines).join('\n')
  } finally {
    closeSync(file)
  }
}
