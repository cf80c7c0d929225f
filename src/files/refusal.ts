import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { exitCodes, systemCode, WorkError } from '../errors.ts'
import { advice, shell, work, type HintSource } from '../text/hint.ts'
import { shellQuote } from '../text/shell-quote.ts'

/** What the system calls it when it refuses something about a file, in words. `ENOENT` and the like may be a bug. */
const refusals: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk has no room for it',
  EDQUOT: 'the quota of this user is used up',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'too many symbolic links',
  ENOTDIR: 'a part of its path is a file, expected a folder',
  EISDIR: 'it is a folder, expected a file',
  EIO: 'the disk reports an error',
  ESTALE: 'the network drive lost it',
  EBUSY: 'it is in use',
}

/** Whether the system refused something that the rights or the disk of a file are to blame for. */
export function isRefusal(error: unknown): boolean {
  return Object.hasOwn(refusals, systemCode(error) ?? '')
}

/**
 * The `WorkError` (`file-refused`) for what the system refused about a file: which, why, whose it is, and a command that
 * helps. Undefined for any other error.
 */
export function explainRefusal(error: unknown): WorkError | undefined {
  const words = refusals[systemCode(error) ?? '']
  if (words === undefined) return undefined
  const path = pathOf(error)
  const what = path === undefined ? '' : `${path}: `
  const { owner, hint } = remedyFor(systemCode(error) ?? '', path)
  return new WorkError(`${what}${words}${owner}.`, {
    code: 'file-refused',
    hint,
    exitCode: exitCodes.unfinished,
    cause: error,
  })
}

/** A command that helps with what the system refused about a path; undefined for any other error. */
export function refusalHint(error: unknown, path?: string): HintSource | undefined {
  const code = systemCode(error)
  return code === undefined || !isRefusal(error) ? undefined : remedyFor(code, path ?? pathOf(error)).hint
}

/** ` (it belongs to root)` for a path that is not of the user `self`; empty otherwise. */
export function foreignOwner(path: string, self = process.getuid?.()): string {
  const foreign = findForeign(path, self)
  if (foreign === undefined) return ''
  return ` (${foreign.path === path ? 'it' : foreign.path} belongs to ${nameOfUser(foreign.uid)})`
}

function pathOf(error: unknown): string | undefined {
  return error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : undefined
}

function remedyFor(code: string, path: string | undefined): { owner: string; hint: HintSource } {
  if (path === undefined) return { owner: '', hint: remedyWithoutPath(code) }
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const folder = folderOf(path)
    const hint = advice`Free some space, then run the command again: ${shell('df', '-h', folder)}; ${shell('df', '-i', folder)}`
    return { owner: '', hint }
  }
  if (code !== 'EACCES' && code !== 'EPERM')
    return { owner: '', hint: shell('ls', '-ld', folderOf(path), path) }
  const foreign = findForeign(path)
  if (foreign === undefined)
    return { owner: '', hint: advice`Make it accessible: ${shell('chmod', '-R', 'u+rwX', folderOf(path))}` }
  const all = runFolderOf(foreign.path) ?? foreign.path
  return { owner: foreignOwner(path), hint: `sudo chown -R "$(id -u):$(id -g)" ${shellQuote(all)}` }
}

/** Where the system does not name the file. Limits are to blame for few of its refusals. */
function remedyWithoutPath(code: string): HintSource {
  if (code === 'EMFILE' || code === 'ENFILE')
    return advice`Check the limits of this user: ${shell('ulimit', '-a')}`
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return advice`Free some space, then run the command again: ${shell('df', '-h')}; ${shell('df', '-i')}`
  return advice`Check the rights and the disk of the repository: ${work('doctor')}`
}

/** All of `work/.run` came from the same command run as another user. */
function runFolderOf(path: string): string | undefined {
  return /^.*\/\.run(?=\/|$)/.exec(path)?.[0]
}

/** The path itself, or the nearest folder above that can be seen, when it belongs to another user. */
function findForeign(path: string, self = process.getuid?.()): { path: string; uid: number } | undefined {
  const found = nearest(path)
  if (self === undefined || found === undefined || found.uid === self) return undefined
  return found
}

function nearest(path: string): { path: string; uid: number } | undefined {
  for (let at = path; ; at = dirname(at)) {
    try {
      const found = statSync(at, { throwIfNoEntry: false })
      if (found !== undefined) return { path: at, uid: found.uid }
    } catch (error) {
      // What can't be looked at is in a folder that can.
      if (systemCode(error) === undefined) throw error
    }
    if (dirname(at) === at) return undefined
  }
}

function folderOf(path: string): string {
  return nearest(dirname(path))?.path ?? '/'
}

function nameOfUser(uid: number): string {
  return uid === 0 ? 'root' : `the user with the id ${uid}`
}
