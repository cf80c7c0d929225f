import { randomBytes } from 'node:crypto'

const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
let last = { ms: 0, count: 0 }

/**
 * An id in opencode's own format: twelve hex digits of time and fourteen random characters. Ids must increase:
 * opencode ignores a message that sorts before existing ones.
 */
export function newOpencodeId(prefix: 'ses' | 'msg', ms = Date.now()): string {
  last = ms > last.ms ? { ms, count: 0 } : { ms: last.ms, count: last.count + 1 }
  const time = BigInt.asUintN(48, BigInt(last.ms) * 4096n + BigInt(last.count))
  const random = Array.from(randomBytes(14), (byte) => letters[byte % letters.length]).join('')
  return `${prefix}_${time.toString(16).padStart(12, '0')}${random}`
}
