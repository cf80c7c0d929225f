import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { systemCode } from '../errors.ts'
import { plainText } from '../text/sanitize.ts'

/**
 * The last `most` bytes of a file, starting at byte `from` or later, however long the file or its lines are; empty
 * without a file.
 */
export function readTail(path: string, most: number, from = 0): string {
  const file = openIfThere(path)
  if (file === undefined) return ''
  try {
    const { size } = fstatSync(file)
    const start = Math.max(from, size - most)
    const buffer = Buffer.alloc(Math.max(0, size - start))
    return buffer.toString('utf8', 0, readSync(file, buffer, 0, buffer.length, start))
  } finally {
    closeSync(file)
  }
}

/** The last lines with text, without control characters. */
export function lastLines(text: string, count: number): string[] {
  return plainText(text)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(-count)
}

/** Whether a system error means that the file, or its folder, does not exist. */
export function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
