import { createHash } from 'node:crypto'
import { lstatSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { systemCode } from '../errors.ts'
import { runProgram } from '../process/spawn.ts'

/**
 * What is changed in a working tree, by path from the root: what git says of it, and what the file is. `HEAD` is the commit
 * that is checked out. Without git there is none.
 */
export type TreeRecord = Readonly<Record<string, string>>

/** A working tree with more changed files than these is known only in part. */
const mostPaths = 2000
/** A larger file is known by its size and time instead of its content. */
const mostBytes = 1_000_000

/** The name under which the commit that is checked out is recorded; no path of git is empty. */
const head = ''

/**
 * Records what is changed in the working tree at `root`, apart from what is below the folder `except` (from the root) and what
 * `work` itself writes. Never writes anything. Undefined where git does not work.
 */
export async function recordTree(
  root: string,
  env: Record<string, string>,
  except: string,
): Promise<TreeRecord | undefined> {
  const options = { cwd: root, env: { ...env, GIT_OPTIONAL_LOCKS: '0' } }
  const args = ['status', '--porcelain=v1', '-z', '--no-renames', '--untracked-files=all', '--', '.']
  const status = await runProgram('git', args, options)
  if (status.exitCode !== 0) return undefined
  const commit = await runProgram('git', ['rev-parse', '--verify', '--quiet', 'HEAD'], options)
  const changed = status.stdout
    .split('\0')
    .filter((entry) => entry !== '')
    .map((entry) => ({ word: entry.slice(0, 2), path: entry.slice(3) }))
    .filter(({ path }) => !isOwn(path, except))
    .slice(0, mostPaths)
  return Object.fromEntries([
    [head, commit.stdout.trim()],
    ...changed.map(({ word, path }) => [path, `${word} ${describeFile(join(root, path))}`]),
  ])
}

/** Whether `work` writes it while an agent plans, or it belongs to the workstream that is planned. */
function isOwn(path: string, except: string): boolean {
  return path.startsWith(`${except}/`) || records.test(path)
}

/** What `work` writes, also for other workstreams in the meantime. */
const records =
  /^work\/(?:index\.json$|\.run\/|[^/]+\/(?:tasks\.json$|TASKS\.md$|(?:planning|prompts|logs)\/))/

/** The paths that are changed in another way than before, or not any more. A new commit is named by its id. */
export function changedElsewhere(before: TreeRecord, after: TreeRecord): string[] {
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted()
  return paths
    .filter((path) => before[path] !== after[path])
    .map((path) => (path === head ? `HEAD (${after[head] || 'no commit'})` : path))
}

function describeFile(path: string): string {
  try {
    const stat = lstatSync(path)
    if (stat.isSymbolicLink()) return `link ${readlinkSync(path)}`
    if (!stat.isFile()) return 'folder'
    if (stat.size > mostBytes) return `${stat.size} ${stat.mtimeMs}`
    return createHash('sha256').update(readFileSync(path)).digest('hex')
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return 'gone'
  }
}
