import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { CommitId } from '../../machines/delivery.ts'
import { counted } from '../text/plural.ts'
import { makeCommit } from './make-commit.ts'
import { isAncestor } from './refs.ts'
import { gitIn, type Git } from './git.ts'
import { settleRefLock } from './left-locks.ts'
import { headOf, keepCommits, saveClone } from './save.ts'
import { keptRef, threadOf, type CloneSite } from './site.ts'
import { captureFiles } from './snapshot.ts'

interface ContinueOrder {
  /** The attempt that begins. */
  attempt: number
  /** The attempt before. */
  before: number
  /** The tip of the workstream's branch, which the clone has. */
  tip: CommitId
  /** ISO time for commits. */
  at: string
  env: NodeJS.ProcessEnv
}

/**
 * Makes a clone ready for a new session that builds on what earlier ones did: the unfinished rest becomes a commit, and
 * the tip of the workstream's branch is merged if that has no conflicts. Returns notes for the user.
 */
export async function continueClone(site: CloneSite, order: ContinueOrder): Promise<string[]> {
  const clone = gitIn(site.folder, order.env)
  const under = await underWay(clone)
  if (under !== undefined) return [`${under}, so the clone was left as it is.`]
  const nested = await commitRest(site, clone, order)
  const merged = await mergeTip(site, clone, order)
  return [...nested, ...merged]
}

/**
 * Keeps what is in a clone before it starts over, in the main repository: HEAD as `<attempt>-before`, and everything as
 * `<attempt>-left`. Returns notes for the user.
 */
export async function keepBefore(site: CloneSite, { attempt, at, env }: ContinueOrder): Promise<string[]> {
  const main = gitIn(site.root, env)
  const names = { before: `${attempt}-before`, left: `${attempt}-left` }
  // An attempt of the same number, before tasks.json was reset, may have kept something.
  for (const name of Object.values(names)) await moveAside(main, keptRef(site, name))
  const saved = await saveClone(site, { attempt: names.left, at, env })
  if (saved === undefined) return []
  await keepCommits(main, gitIn(site.folder, env), [{ commit: saved.head, ref: keptRef(site, names.before) }])
  return saved.nested.map((path) => `${path} is a repository of its own; it was left as it is.`)
}

async function moveAside(main: Git, ref: string): Promise<void> {
  const commitOf = (name: string) => main.run(['rev-parse', '--verify', '-q', name], { expects: [0, 1] })
  const { exitCode, stdout } = await commitOf(ref)
  if (exitCode !== 0) return
  for (let number = 2; ; number++) {
    const aside = `${ref}-${number}`
    const found = await commitOf(aside)
    if (found.exitCode === 0 && found.stdout !== stdout) continue
    await settleRefLock(main, aside)
    await main.run(['update-ref', aside, stdout.trim()])
    return
  }
}

/** Makes a clone start over from the tip of the workstream's branch. Ignored files stay. */
export async function startOver(site: CloneSite, { tip, env }: ContinueOrder): Promise<void> {
  const clone = gitIn(site.folder, env)
  for (const name of unfinishedNames)
    rmSync(join(site.folder, '.git', name), { recursive: true, force: true })
  await clone.run(['symbolic-ref', 'HEAD', `refs/heads/${site.branch}`])
  await clone.run(['update-ref', '-m', 'work: started over', `refs/heads/${site.branch}`, tip])
  await clone.run(['reset', '--hard', '-q'])
  await clone.run(['clean', '-f', '-d', '-q'])
}

/** Where git keeps what it has not finished, in its folder. */
const unfinishedNames = [
  'rebase-merge',
  'rebase-apply',
  'sequencer',
  'MERGE_HEAD',
  'CHERRY_PICK_HEAD',
  'REVERT_HEAD',
]

/** What of git is unfinished in a working tree, as the beginning of a sentence. */
async function underWay(git: Git): Promise<string | undefined> {
  const { stdout } = await git.run(['ls-files', '-u', '-z'])
  const unmerged = new Set(stdout.split('\0').flatMap((entry) => entry.split('\t')[1] ?? [])).size
  const folder = join(git.folder, '.git')
  const has = (name: string) => existsSync(join(folder, name))
  if (has('rebase-merge') || has('rebase-apply')) return 'A rebase is under way'
  if (unmerged > 0)
    return `${counted(unmerged, 'file')} ${unmerged === 1 ? 'has' : 'have'} unresolved conflicts`
  if (has('MERGE_HEAD')) return 'A merge is under way'
  if (has('CHERRY_PICK_HEAD') || has('REVERT_HEAD')) return 'A cherry-pick or revert is under way'
  return undefined
}

async function commitRest(site: CloneSite, clone: Git, { before, at }: ContinueOrder): Promise<string[]> {
  const head = await headOf(clone, site)
  const { tree, nested } = await captureFiles(clone, { work: head })
  if (tree !== (await clone.text('rev-parse', `${head}^{tree}`))) {
    const message = `Unfinished work of attempt ${before}\n\nWork-Thread: ${threadOf(site)}`
    const commit = await makeCommit(clone, { tree, parents: [head], message, at })
    await clone.run(['update-ref', '-m', 'work: unfinished work', 'HEAD', commit, head])
  }
  await clone.run(['reset', '-q'], { expects: [0, 1] })
  return nested.map((path) => `${path} is a repository of its own: its files were not committed.`)
}

/** Merges the tip in memory, and goes to the result only if no file is in the way. */
async function mergeTip(site: CloneSite, clone: Git, { tip, at }: ContinueOrder): Promise<string[]> {
  const head = await headOf(clone, site)
  if (await isAncestor(clone, tip, head)) return []
  const merge = await mergeOf(site, clone, { head, tip, at })
  if (merge === undefined)
    return [
      `${site.into} could not be merged into the clone without conflicts; it was left for the delivery.`,
    ]
  const args = ['merge', '-q', '--ff-only', '--no-overwrite-ignore', merge]
  const { exitCode, stderr } = await clone.run(args, { expects: [0, 1, 128] })
  return exitCode === 0
    ? []
    : [`${site.into} was not merged into the clone: ${stderr.trim().replaceAll(/\s+/g, ' ')}`]
}

async function mergeOf(
  site: CloneSite,
  clone: Git,
  { head, tip, at }: { head: CommitId; tip: CommitId; at: string },
): Promise<CommitId | undefined> {
  if (await isAncestor(clone, head, tip)) return tip
  const { exitCode, stdout } = await clone.run(['merge-tree', '--write-tree', head, tip], {
    expects: [0, 1, 128],
  })
  if (exitCode !== 0) return undefined
  const message = `Merge ${site.into} into thread ${threadOf(site)}\n\nWork-Thread: ${threadOf(site)}`
  return makeCommit(clone, { tree: stdout.split('\n')[0] ?? '', parents: [head, tip], message, at })
}
