import type { CommitId } from '../../machines/delivery.ts'
import { makeCommit } from './make-commit.ts'
import { gitIn, type Git } from './git.ts'
import { settleRefLock } from './left-locks.ts'
import { plainFetch } from './make.ts'
import { isAncestor } from './refs.ts'
import { keptRef, threadOf, type CloneSite } from './site.ts'
import { captureFiles } from './snapshot.ts'
import { stateOf } from './soundness.ts'

/** What was saved of a clone. */
export interface SavedClone {
  /** The commit with all of its files, kept in the main repository. */
  saved: CommitId
  /** HEAD of the clone, the first parent of `saved`. */
  head: CommitId
  /** Repositories inside of it, whose files are not saved. */
  nested: string[]
}

interface SaveOrder {
  /** Number of the attempt, or another name for what is kept. */
  attempt: number | string
  /** ISO time of the commit. */
  at: string
  env: NodeJS.ProcessEnv
}

/**
 * Saves everything in a clone that git does not ignore as a commit, with the branches and stashes that are only there,
 * below `refs/work` of the main repository. Nothing in the clone changes. Undefined if there is no sound
 * clone with its files.
 */
export async function saveClone(
  site: CloneSite,
  { attempt, at, env }: SaveOrder,
): Promise<SavedClone | undefined> {
  const state = stateOf(site)
  // Without its files there is nothing to save.
  if (state.type !== 'sound' || state.mark.stage === 'made') return undefined
  const clone = gitIn(site.folder, env)
  const head = await headOf(clone, site)
  const { tree, nested } = await captureFiles(clone)
  const saved = await makeCommit(clone, {
    tree,
    parents: [head],
    message: `Everything of attempt ${attempt}\n\nWork-Thread: ${threadOf(site)}`,
    at,
  })
  const main = gitIn(site.root, env)
  const others = await otherTips(main, clone, head)
  await keepCommits(main, clone, [
    { commit: saved, ref: keptRef(site, attempt) },
    ...others.map(({ commit, name }) => ({ commit, ref: keptRef(site, `${attempt}-${name}`) })),
  ])
  return { saved, head, nested }
}

/** HEAD of a clone; on a branch without commits, the thread's branch. */
export async function headOf(clone: Git, { branch }: CloneSite): Promise<CommitId> {
  const args = ['rev-parse', '--verify', '-q', 'HEAD^{commit}']
  const { exitCode, stdout } = await clone.run(args, { expects: [0, 1, 128] })
  return exitCode === 0 ? stdout.trim() : clone.text('rev-parse', '--verify', `refs/heads/${branch}^{commit}`)
}

/** Fetches commits of a clone into refs of the main repository, whatever these were before. */
export async function keepCommits(
  main: Git,
  clone: Git,
  kept: readonly { commit: CommitId; ref: string }[],
): Promise<void> {
  for (const { ref } of kept) await settleRefLock(main, ref)
  const refspecs = kept.map(({ commit, ref }) => `+${commit}:${ref}`)
  await main.run([...plainFetch, '--', clone.folder, ...refspecs])
}

/** A commit that a clone has by a name. */
interface NamedTip {
  commit: CommitId
  /** `heads/experiment`, `stash/0`. */
  name: string
}

/** Branches and stashes of a clone with commits that neither HEAD nor the main repository has. */
export async function otherTips(main: Git, clone: Git, head: CommitId): Promise<NamedTip[]> {
  const branches = linesOf(
    await clone.text('for-each-ref', '--format=%(objectname) %(refname)', 'refs/heads/'),
  )
  const stashes = linesOf(
    (await clone.run(['reflog', 'show', '--format=%H', 'refs/stash', '--'], { expects: [0, 128] })).stdout,
  )
  const tips = [
    ...branches.map((line) => {
      const [commit = '', ref = ''] = line.split(' ')
      return { commit, name: ref.replace(/^refs\//, '') }
    }),
    ...stashes.map((commit, index) => ({ commit, name: `stash/${index}` })),
  ]
  const others: NamedTip[] = []
  for (const tip of tips) {
    if (await isAncestor(clone, tip.commit, head)) continue
    if (!(await isReachable(main, tip.commit))) others.push(tip)
  }
  return others
}

/** Whether a ref of the repository has this commit in its history. */
export async function isReachable(git: Git, commit: CommitId, below = 'refs/'): Promise<boolean> {
  const args = ['for-each-ref', '--count=1', '--contains', commit, '--format=%(refname)', below]
  const { exitCode, stdout } = await git.run(args, { expects: [0, 128, 129] })
  return exitCode === 0 && stdout.trim() !== ''
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}
