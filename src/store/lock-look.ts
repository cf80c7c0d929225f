import { closeSync, openSync, readFileSync } from 'node:fs'
import { systemCode } from '../errors.ts'
import { loadKernelLocks, lockUnusable } from './lock.ts'

/**
 * What the holder of a lock of `withLock` has noted, its pid and program; undefined when nobody holds it, whatever the
 * file says. Leaves no trace: a file that is not there is not made. Whoever asks for the lock meanwhile waits for a moment.
 * Throws a `WorkError` (`lock-unusable`).
 */
export async function noteOfHolder(path: string): Promise<string | undefined> {
  const { tryLock } = await loadKernelLocks()
  const fd = openIfThere(path)
  if (fd === undefined) return undefined
  try {
    return tryLock(fd) ? undefined : readFileSync(path, 'utf8').trim()
  } finally {
    closeSync(fd)
  }
}

/** For writing, without which the kernel gives no exclusive lock; nothing is written. */
function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r+')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw lockUnusable(path, error)
  }
}
