import type { Advanced, CommitId } from '../../machines/delivery.ts'
import { type Git, gitIn } from './git.ts'
import { settleRefLock } from './left-locks.ts'
import { branchRef, isAncestor, partsOfList, resolveCommit } from './refs.ts'
import type { CloneSite } from './site.ts'
import { unfit } from './unfit.ts'

export interface AdvanceOrder {
  /** What the branch must be at. */
  onto: CommitId
  /** What it becomes; kept in the main repository already. */
  candidate: CommitId
  env: NodeJS.ProcessEnv
}

/**
 * Moves the workstream's branch to the candidate if it is still where the candidate was made on. Repeating it changes
 * nothing. A branch that is checked out somewhere is not moved: its files would look changed.
 */
export async function advanceStream(
  { root, into }: Pick<CloneSite, 'root' | 'into'>,
  { onto, candidate, env }: AdvanceOrder,
): Promise<Advanced> {
  const main = gitIn(root, env)
  const ref = branchRef(into)
  const found = await compareTip(main, ref, { onto, candidate })
  if (found !== undefined) return found
  const folder = await folderOfBranch(main, into)
  if (folder !== undefined)
    return unfit(`${into} is checked out in ${folder}: switch to another branch there, then merge again`)
  const lock = await settleRefLock(main, ref)
  if (lock !== undefined)
    return unfit(
      `${into} can't be moved, because another git command holds ${lock}. If none is running, remove it.`,
    )
  const args = ['update-ref', '-m', 'work: merge a thread', ref, candidate, onto]
  const { exitCode, stderr } = await main.run(args, { expects: [0, 1, 128] })
  if (exitCode === 0) return { type: 'advanced' }
  return (
    (await compareTip(main, ref, { onto, candidate })) ?? unfit(`${into} can't be moved: ${stderr.trim()}`)
  )
}

/** The result if the branch is not at `onto`; undefined if it is. */
async function compareTip(
  main: Git,
  ref: string,
  { onto, candidate }: Pick<AdvanceOrder, 'onto' | 'candidate'>,
): Promise<Advanced | undefined> {
  const tip = await resolveCommit(main, ref)
  if (tip === onto) return undefined
  if (tip === undefined) return { type: 'moved' }
  return { type: (await isAncestor(main, candidate, tip)) ? 'advanced' : 'moved' }
}

/** The working tree of the repository in which a branch is checked out. */
async function folderOfBranch(main: Git, branch: string): Promise<string | undefined> {
  const { stdout } = await main.run(['worktree', 'list', '--porcelain', '-z'])
  let folder: string | undefined
  for (const line of partsOfList(stdout)) {
    if (line.startsWith('worktree ')) folder = line.slice('worktree '.length)
    else if (line === `branch ${branchRef(branch)}`) return folder
  }
  return undefined
}
