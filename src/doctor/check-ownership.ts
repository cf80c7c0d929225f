import { accessSync, constants, existsSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { isRefusal, refusalHint, foreignOwner } from '../files/refusal.ts'
import type { Workspace } from '../paths.ts'
import { problem, type Check } from './check.ts'
import { listSome } from '../text/list-some.ts'

/**
 * Whether this user may use everything in work/.run, where every command writes: after one `sudo work …` some of it
 * belongs to root.
 */
export function checkOwnership({ root, run }: Workspace): Check[] {
  if (!existsSync(run)) return []
  const refused = refusedBelow(run)
  const [first] = refused
  // Most users need not know this folder, so nothing is shown if it is fine.
  if (first === undefined) return []
  const owner = foreignOwner(first.path)
  const paths = refused.map(({ path }) => relative(root, path))
  return [
    problem(
      'work/.run',
      `${listSome(paths)} can't be used by this user${owner}`,
      refusalHint(first.error, first.path) ?? `ls -ld ${relative(root, first.path)}`,
    ),
  ]
}

interface Refused {
  path: string
  error: unknown
}

function refusedBelow(folder: string): Refused[] {
  const self = refusalOf(folder, constants.R_OK | constants.W_OK | constants.X_OK)
  if (self.length > 0) return self
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return refusedBelow(path)
    return entry.isFile() ? refusalOf(path, constants.R_OK | constants.W_OK) : []
  })
}

function refusalOf(path: string, mode: number): Refused[] {
  try {
    accessSync(path, mode)
    return []
  } catch (error) {
    // Gone since the folder was listed.
    return isRefusal(error) ? [{ path, error }] : []
  }
}
