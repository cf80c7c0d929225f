import type { CommitId, ConflictFile } from '../../machines/delivery.ts'
import type { Git } from './git.ts'
import { configured } from './make-commit.ts'
import { partsOfList } from './refs.ts'

/** A merge made in memory: its tree, or what conflicts; the conflicts without the threads that caused them. */
export type MergedTree =
  { type: 'clean'; tree: string } | { type: 'conflict'; files: Omit<ConflictFile, 'with'>[] }

/**
 * Merges two commits without touching any file. Attributes are read from the folder of `git`. Both commits must be
 * there and related.
 */
export async function mergeInMemory(git: Git, onto: CommitId, head: CommitId): Promise<MergedTree> {
  const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--messages', onto, head]
  const { exitCode, stdout } = await git.run(args, { expects: [0, 1] })
  const tree = stdout.split('\0')[0] ?? ''
  if (exitCode !== 0) return { type: 'conflict', files: readConflicts(stdout, [onto, head]) }
  const collisions = await caseCollisions(git, tree, onto)
  if (collisions.length === 0) return { type: 'clean', tree }
  return { type: 'conflict', files: collisions.map((path) => ({ path, kind: 'case' })) }
}

/**
 * The conflicts in an output of `merge-tree -z --name-only`: a tree, paths, an empty part, and then messages of
 * `<number of paths> <paths…> <kind> <text>`. `sides`: the names of the commits that were merged.
 */
function readConflicts(output: string, sides: readonly string[]): Omit<ConflictFile, 'with'>[] {
  const parts = output.split('\0')
  const end = parts.indexOf('', 1)
  const paths = parts.slice(1, end)
  const kinds = new Map<string, string>()
  const rest = parts.slice(end + 1)
  for (let at = 0; at < rest.length && rest[at] !== '';) {
    const count = Number(rest[at])
    const named = rest.slice(at + 1, at + 1 + count)
    const kind = /^CONFLICT \((.*)\)$/.exec(rest[at + 1 + count] ?? '')?.[1]
    at += count + 3
    if (kind === undefined) continue
    for (const path of named.map((each) => withoutSide(each, sides))) {
      const known = kinds.get(path)
      // A file may have several: how it is named or whether it exists comes before its contents.
      if (known === undefined || known === 'contents') kinds.set(path, kind)
    }
  }
  for (const path of paths.map((each) => withoutSide(each, sides)))
    if (!kinds.has(path)) kinds.set(path, 'contents')
  return [...kinds]
    .map(([path, kind]) => ({ path, kind }))
    .toSorted((one, other) => (one.path < other.path ? -1 : 1))
}

/** A file in the place of a folder is named `path~<side>` by git. */
function withoutSide(path: string, sides: readonly string[]): string {
  const side = sides.find((each) => path.includes(`~${each}`))
  return side === undefined ? path : path.slice(0, path.lastIndexOf(`~${side}`))
}

/** Files of `tree` whose names differ only by case, where the disk has no case, and that are not all in `onto`. */
async function caseCollisions(git: Git, tree: string, onto: CommitId): Promise<string[]> {
  if ((await configured(git, 'core.ignorecase')) !== 'true') return []
  const named = new Map<string, string[]>()
  for (const path of await filesOf(git, tree)) {
    const name = path.toLowerCase()
    named.set(name, [...(named.get(name) ?? []), path])
  }
  const groups = [...named.values()].filter((paths) => paths.length > 1)
  if (groups.length === 0) return []
  const there = new Set(await filesOf(git, onto))
  return groups.filter((paths) => !paths.every((path) => there.has(path))).flat()
}

async function filesOf(git: Git, tree: string): Promise<string[]> {
  return partsOfList((await git.run(['ls-tree', '-r', '--name-only', '-z', tree])).stdout)
}
