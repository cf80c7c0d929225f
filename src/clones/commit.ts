import type { CommitId, Committed, Conflict, Unfit } from '../../machines/delivery.ts'
import { type Git, gitIn } from './git.ts'
import { removeCloneLocks } from './left-locks.ts'
import { type Authorship, makeCommit, messageOfWork } from './make-commit.ts'
import { addedRepositories, notesOn, untrackedRepositories } from './nested.ts'
import { isAncestor, partsOfList, resolveCommit } from './refs.ts'
import type { CloneSite } from './site.ts'
import { addAll, changesSince, copyIndex, type Staging, takeWorkFolder } from './stage-all.ts'
import { fetchTip, keepInMain } from './transfer.ts'
import {
  checkedOutBranch,
  filesWithMarkers,
  findLoss,
  findObstacle,
  firstNames,
  nameOfHead,
  unfit,
} from './unfit.ts'

export interface CommitOrder extends Authorship {
  /** Where the thread began in the workstream's branch. */
  base: CommitId
  /** Conflict of the attempt before, whose markers must be gone. */
  conflict?: Conflict | undefined
  /** Paths of the main tree that are linked into the clone. */
  link: readonly string[]
  env: NodeJS.ProcessEnv
}

/**
 * Makes one commit of everything that a session left in the clone, apart from what is ignored, linked or below work/,
 * and keeps it in the main repository. No process of the session may be running. Repeating it gives the same ids.
 * Throws a `WorkError` (`git-failed`) if git fails.
 */
export async function commitClone(site: CloneSite, order: CommitOrder): Promise<Committed> {
  const loss = await findLoss(site)
  if (loss !== undefined) return unfit(loss)
  removeCloneLocks(site.folder)
  const git = gitIn(site.folder, order.env)
  const head = await resolveCommit(git, 'HEAD')
  if (head === undefined) return unfit(`HEAD of the clone ${site.folder} is on a branch without commits.`)
  const obstacle = await findObstacle(git, site, { head, base: order.base })
  if (obstacle !== undefined) return unfit(obstacle)
  const staging = await copyIndex(git)
  try {
    return await commitStaged(site, { git, head, staging, order })
  } finally {
    staging.remove()
  }
}

interface Step {
  git: Git
  head: CommitId
  staging: Staging
  order: CommitOrder
}

async function commitStaged(site: CloneSite, { git, head, staging, order }: Step): Promise<Committed> {
  const nested = await untrackedRepositories(git, order.link)
  if (nested.length > 0) return repositoriesInside(site, nested)
  const failure = await addAll(git, staging, order.link)
  if (failure !== undefined) return unfit(`git add failed in the clone ${site.folder}: ${failure}`)
  const workBase = await newestBase(site, { git, head, order })
  const outside = await changedBelowWork(git, staging, workBase)
  if (outside.length > 0) await keepOutside(site, { git, head, order })
  await takeWorkFolder(git, staging, workBase)
  const changes = await changesSince(git, staging, order.base)
  const added = await addedRepositories(git, changes)
  if (added.length > 0) return repositoriesInside(site, added)
  const tree = (await git.run(['write-tree'], { env: staging.env })).stdout.trim()
  const { conflict } = order
  const marked =
    conflict === undefined ? [] : await filesWithMarkers(git, tree, { base: order.base, conflict })
  if (marked.length > 0)
    return unfit(`Conflict markers are left in ${firstNames(marked)}. Resolve them in ${site.folder}.`)
  const notes = [...(await noteOnBranch(git, site, head)), ...(await notesOn(git, changes))]
  const commit = await commitTree(git, { tree, head, order })
  await git.run(['reset', '--quiet'])
  await keepInMain(site, 'head', commit, order.env)
  return { type: 'committed', head: commit, changed: commit !== order.base, outside, notes }
}

/** The commit of this tree on HEAD, or HEAD if it has this tree and no merge waits to be committed. */
async function commitTree(
  git: Git,
  { tree, head, order }: { tree: string; head: CommitId; order: CommitOrder },
): Promise<CommitId> {
  const merged = await mergeHeads(git, head)
  const isSame = tree === (await git.text('rev-parse', `${head}^{tree}`))
  if (isSame && merged.length === 0) return head
  const message = messageOfWork(order.threadName, order)
  const commit = await makeCommit(git, { tree, parents: [head, ...merged], message, at: order.at })
  await git.run(['update-ref', '-m', 'work: commit what the session left', 'HEAD', commit, head])
  return commit
}

/** The commits of a merge that the agent resolved but did not commit. */
async function mergeHeads(git: Git, head: CommitId): Promise<CommitId[]> {
  const merged = await resolveCommit(git, 'MERGE_HEAD')
  return merged === undefined || (await isAncestor(git, merged, head)) ? [] : [merged]
}

/** The newest commit of the workstream's branch that HEAD contains: the agent may have merged it. */
async function newestBase(site: CloneSite, { git, head, order }: Omit<Step, 'staging'>): Promise<CommitId> {
  const tip = await fetchTip(site, order.env)
  if (tip === undefined) return order.base
  const { stdout } = await git.run(['merge-base', head, tip], { expects: [0, 1] })
  const common = stdout.trim()
  return common !== '' && (await isAncestor(git, order.base, common)) ? common : order.base
}

/** Paths below work/ that differ from `commit`, in the commits of the agent or in its files. */
async function changedBelowWork(git: Git, { env }: Staging, commit: CommitId): Promise<string[]> {
  const changed = await git.run(['diff', '--name-only', '--no-renames', '-z', commit, '--', 'work'], { env })
  const added = await git.run(['ls-files', '--others', '--exclude-standard', '-z', '--', 'work'], { env })
  return [...new Set([...partsOfList(changed.stdout), ...partsOfList(added.stdout)])].toSorted()
}

/** Keeps what the agent changed below work/, which is not merged. */
async function keepOutside(site: CloneSite, { git, head, order }: Omit<Step, 'staging'>): Promise<void> {
  const staging = await copyIndex(git, 'work-outside')
  try {
    // It fails where nothing is left below work/: then the index has what the agent committed.
    await git.run(['add', '-A', '--', 'work'], { env: staging.env, expects: [0, 1, 128] })
    const tree = (await git.run(['write-tree'], { env: staging.env })).stdout.trim()
    const message = messageOfWork(`Files below work/ of thread ${order.thread}, not merged`, order)
    const commit = await makeCommit(git, { tree, parents: [head], message, at: order.at })
    await keepInMain(site, 'outside', commit, order.env)
  } finally {
    staging.remove()
  }
}

async function noteOnBranch(git: Git, { branch }: CloneSite, head: CommitId): Promise<string[]> {
  if ((await checkedOutBranch(git)) === branch) return []
  return [
    `The agent left the clone on ${await nameOfHead(git, head)}, not on ${branch}; its commits are taken from there.`,
  ]
}

function repositoriesInside({ folder }: CloneSite, paths: readonly string[]): Unfit {
  const names = firstNames(paths.map((path) => path.replace(/\/$/, '')))
  const is = paths.length === 1 ? 'is a git repository' : 'are git repositories'
  return unfit(
    `${names} in ${folder} ${is} of ${paths.length === 1 ? 'its' : 'their'} own, whose files git would not commit. Remove the .git folder in it, add it to .gitignore, or make it a submodule.`,
  )
}
