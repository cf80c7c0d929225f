import type { CommitId, MergeResult } from '../../machines/delivery.ts'
import { nameCauses } from './causes.ts'
import { type Git, gitIn } from './git.ts'
import { removeCloneLocks, settleRefLock } from './left-locks.ts'
import { type Authorship, makeCommit, mergeSubject, messageOfWork } from './make-commit.ts'
import { mergeInMemory } from './merge-tree.ts'
import { branchRef, isAncestor, resolveCommit, shortId } from './refs.ts'
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
  if (isSquash && result.tree === (await clone.text('rev-parse', `${onto}^{tree}`)))
    return { type: 'merged', commit: (await newestOfThread(clone, order, onto)) ?? onto }
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

/** The newest commit of a thread in the branch: a squash does not contain the commits that it was made of. */
async function newestOfThread(
  clone: Git,
  { base, stream, thread }: MergeOrder,
  onto: CommitId,
): Promise<CommitId | undefined> {
  const format = '--format=%H %(trailers:key=Work-Thread,valueonly,separator=%x20)'
  const { stdout } = await clone.run(['log', '--first-parent', format, `${base}..${onto}`])
  const line = stdout.split('\n').find((each) => each.split(' ').includes(`${stream}/${thread}`))
  return line?.split(' ')[0]
}

export interface MergeFromOrder {
  /** The user's branch. */
  from: string
  /** Id of the workstream. */
  stream: string
  /** ISO time of the commit. */
  at: string
  env: NodeJS.ProcessEnv
}

/**
 * Merges a branch of the user into the tip of a workstream's branch, in memory and in the main repository. No file and no
 * branch changes: `advanceStream` takes the candidate, which is kept as `refs/work/<stream>/from`.
 */
export async function mergeFrom(
  { root, into }: Pick<CloneSite, 'root' | 'into'>,
  { from, stream, at, env }: MergeFromOrder,
): Promise<MergeResult> {
  const main = gitIn(root, env)
  const onto = await resolveCommit(main, branchRef(into))
  if (onto === undefined) return unfit(`${into} is gone from ${root}.`)
  const head = await resolveCommit(main, branchRef(from))
  if (head === undefined) return unfit(`There is no branch ${from} in ${root}.`)
  if (await isAncestor(main, head, onto)) return { type: 'merged', commit: onto }
  const result = await mergeInMemory(main, onto, head)
  if (result.type === 'conflict') {
    const files = await nameCauses(main, result.files, { stream, onto, head })
    return { type: 'conflict', conflict: { onto, files } }
  }
  const message = `Merge branch ${from} into ${into}`
  const candidate = await makeCommit(main, { tree: result.tree, parents: [onto, head], message, at })
  const ref = `refs/work/${stream}/from`
  await settleRefLock(main, ref)
  await main.run(['update-ref', ref, candidate])
  return { type: 'candidate', onto, candidate }
}
