import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs'

import { basename, dirname, join } from 'node:path'
import { draftName, removeDrafts } from '../drafts.ts'
import { exitCodes, messageOf, systemCode, WorkError } from '../errors.ts'
import { foreignOwner, refusalHint } from '../refusal.ts'

/**
 * Writes a whole file so that whoever reads it, now or after a crash, finds the old text or the new one and
 * never a part. Resolves once it is on the disk. Makes missing folders, keeps the file's mode, follows links.
 * A `WorkError` (`disk-full`, `write-failed`) says that the old text still stands. `beforeReplace` may throw to keep the
 * old text after all.
 */
export async function writeWhole(path: string, text: string, beforeReplace?: () => void): Promise<void> {
  const target = realPath(path)
  const prefix = `.${basename(target)}.next`
  const staging = draftName(join(dirname(target), prefix))
  try {
    mkdirSync(dirname(target), { recursive: true })
    removeDrafts(dirname(target), prefix)
    await stage(staging, text, ownership(target))
    beforeReplace?.()
    renameSync(staging, target)
    syncFolder(dirname(target))
  } catch (error) {
    discard(staging)
    throw explain(path, target, error)
  }
}

/** Where it could not even be made, the error that led here says more. */
function discard(staging: string): void {
  try {
    rmSync(staging, { force: true })
  } catch (error) {
    if (systemCode(error) === undefined) throw error
  }
}

/** On a full disk write-file-atomic takes a short write for success: hence not over the good file, and measured. */
async function stage(staging: string, text: string, owner: Ownership): Promise<void> {
  const writeFileAtomic = await loadWriter()
  await writeFileAtomic(staging, text, owner)
  const expected = Buffer.byteLength(text)
  const found = statSync(staging).size
  if (found !== expected) throw new ShortWrite(`Only ${found} of ${expected} bytes could be written.`)
}

/** Only loaded by who writes, or is going to. */
export async function loadWriter() {
  return (await import('write-file-atomic')).default
}

class ShortWrite extends Error {}

function explain(path: string, target: string, error: unknown): unknown {
  const code = error instanceof ShortWrite ? 'ENOSPC' : systemCode(error)
  if (code === undefined) return error
  const full = ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code)
  const what = full
    ? `the disk ${describeDisk(dirname(target))} has no room for it`
    : `${messageOf(error)}${foreignOwner(target)}`
  return new WorkError(`${path} could not be written: ${what}. It still holds what it held before.`, {
    code: full ? 'disk-full' : 'write-failed',
    hint: full
      ? 'Free some space, then run the command again.'
      : (refusalHint(error, target) ?? 'Check the rights of the file and its folder.'),
    exitCode: exitCodes.unfinished,
    cause: error,
  })
}

/** `/home (12 KB free)`: the mount point that a folder is on. */
function describeDisk(folder: string): string {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return `${mountPoint(folder)} (${Math.floor((bavail * bsize) / 1024)} KB free)`
  } catch {
    return `of ${folder}`
  }
}

function mountPoint(folder: string): string {
  const device = statSync(folder).dev
  let top = folder
  while (dirname(top) !== top && statSync(dirname(top)).dev === device) top = dirname(top)
  return top
}

interface Ownership {
  mode?: number
  chown?: { uid: number; gid: number }
}

function ownership(target: string): Ownership {
  const found = statSync(target, { throwIfNoEntry: false })
  if (found === undefined) return {}
  return { mode: found.mode & 0o7777, chown: { uid: found.uid, gid: found.gid } }
}

/** A rename is on the disk when its folder is. Windows can't open a folder and needs no such thing. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const fd = openSync(folder, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
