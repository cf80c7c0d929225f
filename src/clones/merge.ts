import type { CommitId, ConflictFile, MergeResult } from '../../machines/delivery.ts'
import { type Git, gitIn } from './git.ts'
import { removeCloneLocks } from './left-locks.ts'
import { type Authorship, makeCommit, mergeSubject, messageOfWork } from './make-commit.ts'
import { mergeInMemory } from './merge-tree.ts'
import { isAncestor, partsOfList, shortId } from './refs.ts'
import type { CloneSite } from './site.ts'
import { fetchTip, keepInMain } from './transfer.ts'
import { findLoss, unfit } from './unfit.ts'

export interface MergeOrder extends Authorship {
  /** The commit with the work of the thread. */
  head: CommitId
  /** Where the thread began in the workstream's branch. */
  base: CommitId
  /** The tip of the workstream's branch that was recorded last; the branch must still contain it. */
  onto?: CommitId | undefined
  merge: 'commit' | 'squash'
  env: NodeJS.ProcessEnv
}

/**
 * Merges the work of a thread into the tip of the workstream's branch, in memory: no file and no branch changes. The
 * result is kept in the main repository as the thread's `candidate`. Repeating it gives the same ids. Throws a
 * `WorkError` (`git-failed`) if git fails.
 */
export async function mergeIntoStream(site: CloneSite, order: MergeOrder): Promise<MergeResult> {
  const loss = await findLoss(site)
  if (loss !== undefined) return unfit(loss)
  removeCloneLocks(site.folder)
  const clone = gitIn(site.folder, order.env)
  const onto = await fetchTip(site, order.env)
  const rewritten = await findRewriting(clone, site, order, onto)
  if (onto === undefined || rewritten !== undefined) return unfit(rewritten ?? `${site.into} is gone.`)
  const merged = await findMerge(clone, order, onto)
  if (merged !== undefined) return { type: 'merged', commit: merged }
  const result = await mergeInMemory(clone, onto, order.head)
  if (result.type === 'conflict') {
    const files = await nameCauses(clone, result.files, { ...order, onto })
    return { type: 'conflict', conflict: { onto, files } }
  }
  const isSquash = order.merge === 'squash'
  const candidate = await makeCommit(clone, {
    tree: result.tree,
    parents: isSquash ? [onto] : [onto, order.head],
    message: messageOfWork(mergeSubject(order), order, isSquash ? order.head : undefined),
    at: order.at,
  })
  await keepInMain(site, 'candidate', candidate, order.env)
  return { type: 'candidate', onto, candidate }
}

/** Whether somebody removed the workstream's branch, or commits from it: as a sentence. */
async function findRewriting(
  clone: Git,
  { into, root }: CloneSite,
  { thread, base, onto: recorded = base }: MergeOrder,
  tip: CommitId | undefined,
): Promise<string | undefined> {
  if (tip === undefined)
    return `${into} is gone from ${root}. Make it again: git branch ${into} ${shortId(recorded)}`
  const has = await clone.run(['merge-base', '--is-ancestor', recorded, tip], { expects: [0, 1, 128] })
  if (has.exitCode === 0) return undefined
  return `${into} no longer has ${shortId(recorded)} (${thread}). Put it back: git branch -f ${into} ${shortId(recorded)}`
}

/**
 * The commit of the branch that brought the work of a thread: its merge, the squash that names it, or the tip if it came
 * some other way. Undefined if the branch does not contain it.
 */
async function findMerge(
  clone: Git,
  { head, base, merge }: MergeOrder,
  onto: CommitId,
): Promise<CommitId | undefined> {
  const isInside = await isAncestor(clone, head, onto)
  if (!isInside && merge === 'commit') return undefined
  const format = '%H %P%x09%(trailers:key=Work-Head,valueonly,separator=%x20)'
  const { stdout } = await clone.run(['log', '--first-parent', `--format=${format}`, `${base}..${onto}`])
  const line = stdout.split('\n').find((each) => {
    const [ids = '', heads = ''] = each.split('\t')
    return ids.split(' ').slice(2).includes(head) || heads.split(' ').includes(head)
  })
  return line?.split(' ')[0] ?? (isInside ? onto : undefined)
}

/** Adds to each conflicting file which other threads changed it in the branch since both sides parted. */
async function nameCauses(
  clone: Git,
  files: readonly Omit<ConflictFile, 'with'>[],
  { stream, thread, head, onto }: MergeOrder & { onto: CommitId },
): Promise<ConflictFile[]> {
  const parted = await clone.text('merge-base', onto, head)
  const old = new Map([...(await renames(clone, parted, head)), ...(await renames(clone, parted, onto))])
  const named: ConflictFile[] = []
  for (const { path, kind } of files) {
    const before = old.get(path)
    const paths = before === undefined ? [path] : [path, before]
    const ids = await threadsThatChanged(clone, { range: `${parted}..${onto}`, paths, stream })
    named.push({ path, kind, with: ids.filter((id) => id !== thread) })
  }
  return named
}

/** Old names of the files that were renamed between two commits, by their new names. */
async function renames(git: Git, from: CommitId, to: CommitId): Promise<Map<string, string>> {
  const options = ['--find-renames', '--diff-filter=R', '--name-status', '-z']
  const parts = partsOfList((await git.run(['diff', ...options, from, to])).stdout)
  const names = new Map<string, string>()
  for (let at = 0; at + 2 < parts.length; at += 3) names.set(parts[at + 2] ?? '', parts[at + 1] ?? '')
  return names
}

async function threadsThatChanged(
  git: Git,
  { range, paths, stream }: { range: string; paths: readonly string[]; stream: string },
): Promise<string[]> {
  const format = '--format=%(trailers:key=Work-Thread,valueonly)'
  const args = ['--literal-pathspecs', 'log', '--first-parent', format, range, '--', ...paths]
  const names = (await git.run(args)).stdout.split('\n').map((line) => line.trim())
  const own = names.filter((name) => name.startsWith(`${stream}/`))
  return [...new Set(own.map((name) => name.slice(stream.length + 1)))].toSorted()
}
