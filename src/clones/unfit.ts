import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { CommitId, Conflict, Unfit } from '../../machines/delivery.ts'
import type { Git } from './git.ts'
import { branchRef, isAncestor, partsOfList, resolveCommit, shortId } from './refs.ts'
import type { CloneSite } from './site.ts'

export function unfit(detail: string): Unfit {
  return { type: 'unfit', detail }
}

/** Names for a sentence: the first ones, and how many more there are. */
export function firstNames(names: readonly string[], most = 8): string {
  const rest = names.length - most
  return rest > 0 ? `${names.slice(0, most).join(', ')} and ${rest} more` : names.join(', ')
}

/** Why nothing can be delivered from the clone although its files are there; undefined if it can. */
export async function findLoss({ folder }: CloneSite): Promise<string | undefined> {
  if (!existsSync(folder)) return `The clone ${folder} is gone.`
  if (!existsSync(join(folder, '.git', 'HEAD')))
    return `The clone ${folder} has lost its .git folder: git can't read it.`
  return undefined
}

/** What in the state of the clone forbids to commit what is in it: undefined if nothing does. */
export async function findObstacle(
  git: Git,
  { branch }: CloneSite,
  { head, base }: { head: CommitId; base: CommitId },
): Promise<string | undefined> {
  const unmerged = await unmergedPaths(git)
  if (unmerged.length > 0)
    return `A merge in the clone is unfinished: ${firstNames(unmerged)} ${unmerged.length === 1 ? 'has' : 'have'} conflicts. Resolve them in ${git.folder}, and commit.`
  const act = ['rebase-merge', 'rebase-apply'].find((name) => existsSync(join(git.folder, '.git', name)))
  if (act !== undefined)
    return `A rebase is under way in ${git.folder}. Finish it there, or undo it: git rebase --abort`
  if (!(await isAncestor(git, base, head)))
    return `HEAD of the clone ${git.folder} is ${shortId(head)}, which does not contain ${shortId(base)}, where the thread began.`
  const tip = await resolveCommit(git, branchRef(branch))
  if (tip !== undefined && !(await isAncestor(git, tip, head)))
    return `The clone ${git.folder} is on ${await nameOfHead(git, head)}, which lacks commits of ${branch} (${shortId(tip)}). Check out ${branch} there.`
  return undefined
}

async function unmergedPaths(git: Git): Promise<string[]> {
  const { stdout } = await git.run(['ls-files', '--unmerged', '-z'])
  return [...new Set(partsOfList(stdout).map((entry) => entry.slice(entry.indexOf('\t') + 1)))]
}

/** The branch that is checked out, or the commit where none is. */
export async function nameOfHead(git: Git, head: CommitId): Promise<string> {
  return (await checkedOutBranch(git)) ?? `a detached HEAD at ${shortId(head)}`
}

/** The branch that is checked out, without `refs/heads/`; undefined for a detached HEAD. */
export async function checkedOutBranch(git: Git): Promise<string | undefined> {
  const { stdout } = await git.run(['symbolic-ref', '--quiet', '--short', 'HEAD'], { expects: [0, 1] })
  return stdout.trim() || undefined
}

/** The files of a conflict that have conflict markers in `tree` which neither `base` nor the branch's tip has. */
export async function filesWithMarkers(
  git: Git,
  tree: string,
  { base, conflict }: { base: CommitId; conflict: Conflict },
): Promise<string[]> {
  const paths = conflict.files.map(({ path }) => path)
  const found = await countMarkers(git, tree, paths)
  if (found.size === 0) return []
  const [before, there] = [
    await countMarkers(git, base, paths),
    await countMarkers(git, conflict.onto, paths),
  ]
  return [...found].flatMap(([path, count]) =>
    count > (before.get(path) ?? 0) && count > (there.get(path) ?? 0) ? [path] : [],
  )
}

/** How many lines of each file begin or end a conflict. Files without any, and binary ones, are not listed. */
async function countMarkers(git: Git, tree: string, paths: readonly string[]): Promise<Map<string, number>> {
  if ((await git.run(['cat-file', '-e', tree], { expects: [0, 1, 128] })).exitCode !== 0) return new Map()
  const pattern = ['-e', '^<<<<<<< ', '-e', '^>>>>>>> ']
  const { stdout } = await git.run(
    ['--literal-pathspecs', 'grep', '-I', '-c', '-z', '--full-name', ...pattern, tree, '--', ...paths],
    { expects: [0, 1] },
  )
  const entries = stdout.split('\n').flatMap((line) => {
    const [name = '', count] = line.split('\0')
    return count === undefined ? [] : [[name.slice(tree.length + 1), Number(count)] as const]
  })
  return new Map(entries)
}
