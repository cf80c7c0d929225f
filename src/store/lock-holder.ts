import { closeSync, openSync, readFileSync } from 'node:fs'
import { systemCode } from '../errors.ts'
import { loadKernelLocks, lockUnusable } from './lock.ts'

/**
 * The note of the process that holds a lock of `withLock`: its pid and program. Undefined if nobody holds the lock,
 * whatever the file says. Does not create a missing file. A process that asks for the lock at the same time waits for
 * a moment. Throws a `WorkError` (`lock-unusable`).
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

/** Opened for writing, because the kernel gives no exclusive lock otherwise. Nothing is written. */
function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r+')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw lockUnusable(path, error)
  }
}
