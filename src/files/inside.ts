import { lstatSync, realpathSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, sep } from 'node:path'
import { systemCode, WorkError } from '../errors.ts'
import { advice, shell } from '../text/hint.ts'

/** Whether a name from a file can be the name of one folder: no path, and none of those that begin with a dot. */
export function isFolderName(name: string): boolean {
  return name !== '' && name.length <= 255 && !name.startsWith('.') && !/[/\\\p{Cc}]/u.test(name)
}

/** Whether a path from a file stays, by its words, in the folder that it is relative to. */
export function isPathInside(path: string): boolean {
  if (path === '' || isAbsolute(path) || path.includes('\0')) return false
  const steps = path.split(/[/\\]/)
  return !steps.includes('..') && !steps.includes('.git')
}

/**
 * Makes sure that `path` (absolute) is where it says below the folder `root`, before it is read or written: no folder on the
 * way may be a symbolic link, and a file may only link to one in `root`. Throws a `WorkError` (`outside`).
 */
export function requireInside(root: string, path: string): void {
  let at = root
  for (const step of relative(root, path).split(sep)) {
    at = join(at, step)
    const kind = kindOf(at)
    if (kind === 'none') return
    if (kind === 'link' && !(at === path && isFileIn(root, at))) throw linked(root, at)
  }
}

/** Makes sure that `path` (absolute) leads, through whatever links, to a place in `root`. Throws a `WorkError` (`outside`). */
export function requireTargetInside(root: string, path: string): void {
  let at = path
  while (kindOf(at) === 'none' && dirname(at) !== at) at = dirname(at)
  const target = targetOf(at)
  if (target === undefined || !isIn(root, target)) throw linked(root, at)
}

function kindOf(path: string): 'none' | 'link' | 'other' {
  try {
    return lstatSync(path).isSymbolicLink() ? 'link' : 'other'
  } catch (error) {
    // What can't be looked at is reported by the code that uses it.
    if (systemCode(error) === undefined) throw error
    return 'none'
  }
}

function isFileIn(root: string, link: string): boolean {
  const target = targetOf(link)
  return target !== undefined && lstatSync(target).isFile() && isIn(root, target)
}

/** Not in `.git` either: what is written there may be run. */
function isIn(root: string, target: string): boolean {
  const path = relative(targetOf(root) ?? root, target)
  return path === '' || isPathInside(path)
}

function targetOf(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return undefined
  }
}

function linked(root: string, path: string): WorkError {
  const name = relative(root, path).replaceAll(sep, '/')
  const target = targetOf(path)
  const where = target === undefined ? 'a place that does not exist' : target
  return new WorkError(
    `${name} is a symbolic link to ${where}. work expects ${name} itself there: it reads and writes only inside the repository.`,
    {
      code: 'outside',
      hint: advice`${shell('ls', '-ld', name)} shows the link. Remove it, and move what it points to in its place.`,
    },
  )
}
