import { randomBytes } from 'node:crypto'

const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
let last = { ms: 0, count: 0 }

/**
 * An id in the form of opencode's own: twelve hex digits of time, so that later ids sort after earlier ones, and fourteen
 * random characters. opencode orders messages by id; one that sorted before its elders would not be answered.
 */
export function newOpencodeId(prefix: 'ses' | 'msg', ms = Date.now()): string {
  last = ms > last.ms ? { ms, count: 0 } : { ms: last.ms, count: last.count + 1 }
  const time = BigInt.asUintN(48, BigInt(last.ms) * 4096n + BigInt(last.count))
  const random = Array.from(randomBytes(14), (byte) => letters[byte % letters.length]).join('')
  return `${prefix}_${time.toString(16).padStart(12, '0')}${random}`
}
