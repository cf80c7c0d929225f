import {
  chmodSync,
  chownSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs'

import { basename, dirname, join } from 'node:path'
import { draftName, removeDrafts } from '../files/drafts.ts'
import { exitCodes, messageOf, systemCode, WorkError } from '../errors.ts'
import { foreignOwner, refusalHint } from '../files/refusal.ts'

/**
 * Writes a whole file atomically: a reader finds the old text or the new one, never a part, even after a crash.
 * Resolves once the text is on disk. Creates missing folders, keeps the file's mode, follows links. A `WorkError`
 * (`disk-full`, `write-failed`) means that the old text is unchanged. `beforeReplace` may throw to keep the old text.
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

/**
 * Writes files that can be made again, in one go: a reader finds the old text of each or the new one, never a part. Nothing is
 * waited for: after a power failure a file may be empty, which its reader has to take for missing. Throws as
 * {@link writeWhole} does, for the first one that can't be written.
 */
export function writeDerived(files: readonly { path: string; text: string }[]): void {
  const folders = new Set<string>()
  for (const { path, text } of files) {
    const target = realPath(path)
    const folder = dirname(target)
    const prefix = `.${basename(target)}.next`
    const staging = draftName(join(folder, prefix))
    try {
      if (!folders.has(folder)) {
        mkdirSync(folder, { recursive: true })
        removeDrafts(folder)
        folders.add(folder)
      }
      const { mode, chown } = ownership(target)
      writeFileSync(staging, text, { flag: 'wx' })
      // Beyond what the mask of this process leaves.
      if (mode !== undefined) chmodSync(staging, mode)
      if (chown !== undefined && process.getuid?.() === 0) chownSync(staging, chown.uid, chown.gid)
      renameSync(staging, target)
    } catch (error) {
      discard(staging)
      throw explain(path, target, error)
    }
  }
}

/** If the file could not even be created, the error that led here says more. */
function discard(staging: string): void {
  try {
    rmSync(staging, { force: true })
  } catch (error) {
    if (systemCode(error) === undefined) throw error
  }
}

/**
 * On a full disk write-file-atomic reports a short write as success. So this writes next to the good file and checks
 * the size.
 */
async function stage(staging: string, text: string, owner: Ownership): Promise<void> {
  const writeFileAtomic = await loadWriter()
  await writeFileAtomic(staging, text, owner)
  const expected = Buffer.byteLength(text)
  const found = statSync(staging).size
  if (found !== expected) throw new ShortWrite(`Only ${found} of ${expected} bytes could be written.`)
}

/** Loaded only by processes that write. */
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
  return new WorkError(`${path} could not be written: ${what}. The old content is unchanged.`, {
    code: full ? 'disk-full' : 'write-failed',
    hint: full
      ? 'Free some space, then run the command again.'
      : (refusalHint(error, target) ?? 'Check the permissions of the file and its folder.'),
    exitCode: exitCodes.unfinished,
    cause: error,
  })
}

/** `/home (12 KB free)`: the mount point of a folder. */
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

/** A rename is durable only when its folder is synced. Windows can't open a folder and does not need this. */
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
