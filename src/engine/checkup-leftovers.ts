import { existsSync, readdirSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { identify } from '../agents/identity.ts'
import type { Workspace } from '../workspace.ts'
import { listSome, ok, warning, type Check } from './check.ts'

/** Names of files that a writer makes aside before it moves them into place; each has its process id in it. */
const drafts = [
  // Of tasks.json, index.json, …, and what write-file-atomic makes of that name.
  /^\..+\.next-(?<pid>\d+)-\d+/,
  // Of a session's start and exit files, and of the record of the server.
  /\.(?<pid>\d+)\.tmp$/,
  // The link to `work` that sessions find.
  /^work\.(?<pid>\d+)$/,
]

/** Whether writers that were killed have left something behind. It does no harm but take room. */
export function checkLeftovers({ root, work }: Workspace): Check[] {
  if (!existsSync(work)) return []
  const left = filesBelow(work).filter(({ name }) => isLeft(name))
  if (left.length === 0) return [ok('leftovers', 'none of writers that were killed')]
  const paths = left.map(({ folder, name }) => relative(root, join(folder, name)).replaceAll(sep, '/'))
  const text = `writers that were killed left ${listSome(paths)}`
  return [warning('leftovers', text, `They do no harm. rm ${paths[0]}${paths.length > 1 ? ' …' : ''}`)]
}

function isLeft(name: string): boolean {
  const pid = drafts.map((draft) => draft.exec(name)?.groups?.['pid']).find((found) => found !== undefined)
  return pid !== undefined && identify(Number(pid)) === undefined
}

function filesBelow(folder: string): { folder: string; name: string }[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [{ folder, name: entry.name }],
  )
}
