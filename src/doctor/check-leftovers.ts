import { existsSync, readdirSync, type Dirent } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { isAbandoned } from '../files/drafts.ts'
import { systemCode } from '../errors.ts'
import type { Workspace } from '../paths.ts'
import { ok, warning, type Check } from './check.ts'
import { listSome } from '../text/list-some.ts'
import { advice, shell } from '../text/hint.ts'

/** Whether killed writers have left temp files. These only take up space. */
export function checkLeftovers({ root, work }: Workspace): Check[] {
  if (!existsSync(work)) return []
  const left = filesBelow(work).filter(({ folder, name }) => isAbandoned(folder, name))
  if (left.length === 0) return [ok('leftovers', 'none')]
  const paths = left.map(({ folder, name }) => relative(root, join(folder, name)).replaceAll(sep, '/'))
  const text = `killed processes left ${listSome(paths)}`
  return [
    warning(
      'leftovers',
      text,
      advice`They are safe to delete: ${shell('rm', paths[0] ?? '')}${paths.length > 1 ? ' …' : ''}`,
    ),
  ]
}

function filesBelow(folder: string): { folder: string; name: string }[] {
  // The checks of work/.run and of the workstream report what can't be read.
  return entriesOf(folder).flatMap((entry) =>
    entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [{ folder, name: entry.name }],
  )
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return []
  }
}
