import { existsSync, readdirSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { systemCode } from '../errors.ts'
import type { Git } from './git.ts'
import { refLockInterval, refLockPatience } from './waits.ts'

/**
 * Removes the lock files that a killed git command left in a clone, where nothing runs any more: those beside HEAD and
 * the index, and those of refs.
 */
export function removeCloneLocks(folder: string): void {
  const git = join(folder, '.git')
  const names = [
    ...namesIn(git, false),
    ...namesIn(join(git, 'refs'), true).map((name) => join('refs', name)),
  ]
  for (const name of names.filter((each) => each.endsWith('.lock'))) rmSync(join(git, name), { force: true })
}

function namesIn(folder: string, recursive: boolean): string[] {
  try {
    return readdirSync(folder, { encoding: 'utf8', recursive })
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
    return []
  }
}

/**
 * Waits for the lock file of a ref of `work` in the main repository, and removes it if it was left behind. Gives its path
 * if it is still there afterwards.
 */
export async function settleRefLock(main: Git, ref: string): Promise<string | undefined> {
  const isOurs = ref.startsWith('refs/work/') || ref.startsWith('refs/heads/workstream/')
  const lock = await pathInGit(main, `${ref}.lock`)
  return isOurs ? settleLock(lock) : existsSync(lock) ? lock : undefined
}

/** The path of a file in git's folder, absolute. */
export async function pathInGit(git: Git, name: string): Promise<string> {
  return resolve(git.folder, await git.text('rev-parse', '--git-path', name))
}

/**
 * Waits until a lock file is gone, or removes it if it was left behind: nobody has changed it for a while, and no process
 * has it open. Gives its path if it is still there afterwards.
 */
export async function settleLock(lock: string): Promise<string | undefined> {
  for (;;) {
    const changed = statSync(lock, { throwIfNoEntry: false })?.mtimeMs
    if (changed === undefined) return undefined
    if (Date.now() - changed >= refLockPatience) {
      if (isOpen(lock)) return lock
      rmSync(lock, { force: true })
      return undefined
    }
    await delay(refLockInterval)
  }
}

/** Whether a process has the file open, as far as this user can see. Only Linux shows it; elsewhere only its age counts. */
function isOpen(path: string): boolean {
  return namesIn('/proc', false)
    .filter((name) => /^\d+$/.test(name))
    .some((pid) => openFiles(pid).includes(path))
}

function openFiles(pid: string): string[] {
  try {
    const folder = join('/proc', pid, 'fd')
    return readdirSync(folder).map((name) => readlinkSync(join(folder, name)))
  } catch (error) {
    // The process has ended, or belongs to another user.
    if (systemCode(error) === undefined) throw error
    return []
  }
}
