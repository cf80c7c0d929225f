import { existsSync } from 'node:fs'
import { diffClone, diffCommits, type Difference } from '../clones/diff.ts'
import { lastKept } from '../clones/drop.ts'
import { gitIn, type Git } from '../clones/git.ts'
import { branchRef, resolveCommit } from '../clones/refs.ts'
import type { CloneSite } from '../clones/site.ts'
import { stateOf } from '../clones/soundness.ts'
import type { CommitId } from '../../machines/delivery.ts'
import type { IsolationRecord, TasksFile } from '../store/tasks/schema.ts'
import type { ThreadFacts } from '../threads/thread.ts'
import { siteOfThread } from './thread-sites.ts'

/** What one thread, or a whole workstream, changed. */
export interface Changes extends Difference {
  /** Null for the whole workstream. */
  thread: string | null
  name: string
  /**
   * Where the changes are: merged in the workstream's branch, in the thread's clone as it is now, or only kept below
   * `refs/work`.
   */
  place: 'merged' | 'clone' | 'kept' | 'branch'
  /** The commits between which they are; `to` is null for what is in a clone now. */
  from: CommitId
  to: CommitId | null
}

export interface ChangesOptions {
  root: string
  /** Paths that are linked into clones, and are no changes. */
  link: readonly string[]
  /** Only the numbers. */
  stat: boolean
  env: NodeJS.ProcessEnv
}

/**
 * What a thread changed: as it was merged, as its clone is now, or as it was kept; undefined if it has not begun, or
 * nothing is left of it. Changes that came from other threads by a merge are not among them. An agent may be at work.
 */
export async function changesOfThread(
  thread: ThreadFacts,
  file: Pick<TasksFile, 'isolation'>,
  options: ChangesOptions,
): Promise<Changes | undefined> {
  const { root, env, stat, link } = options
  const site = siteOfThread(thread, file, root)
  if (site === undefined) return undefined
  const main = gitIn(root, env)
  const { id, name, delivery } = thread
  const about = { thread: id, name }
  const { merged, candidate, onto } = delivery ?? {}
  if (merged !== undefined && merged === candidate && onto !== undefined && (await has(main, merged)))
    return {
      ...about,
      place: 'merged',
      from: onto,
      to: merged,
      ...(await diffCommits(root, onto, merged, { stat, env })),
    }
  const state = stateOf(site)
  if (state.type === 'sound' && state.mark.stage !== 'made') {
    const from = await beginInClone(site, state.mark.base, env)
    return {
      ...about,
      place: 'clone',
      from,
      to: null,
      ...(await diffClone(site, { base: from, link, stat, env })),
    }
  }
  const head = (await hasOr(main, delivery?.head)) ?? (await lastKept(main, site))
  const base = thread.sessions.findLast(({ clone }) => clone !== undefined)?.clone?.base
  if (head === undefined || base === undefined) return undefined
  const from = (await commonCommit(main, branchRef(site.into), head)) ?? base
  const place = merged === undefined ? 'kept' : 'merged'
  // What was merged some other way is in the branch: there it would differ from nothing.
  const begin = from === head ? base : from
  return { ...about, place, from: begin, to: head, ...(await diffCommits(root, begin, head, { stat, env })) }
}

/** What all threads together changed so far: from the begin of the workstream's branch to its tip; undefined if it is gone. */
export async function changesOfStream(
  { base, branch }: IsolationRecord,
  { root, stat, env }: ChangesOptions,
): Promise<Changes | undefined> {
  const tip = await resolveCommit(gitIn(root, env), branchRef(branch))
  if (tip === undefined) return undefined
  const difference = await diffCommits(root, base, tip, { stat, env })
  return { thread: null, name: branch, place: 'branch', from: base, to: tip, ...difference }
}

/**
 * The newest commit of the workstream's branch that the clone contains: it began there, or merged it. `base`: where it
 * began.
 */
async function beginInClone(site: CloneSite, base: CommitId, env: NodeJS.ProcessEnv): Promise<CommitId> {
  if (!existsSync(site.folder)) return base
  return (await commonCommit(gitIn(site.folder, env), 'refs/work/tip', 'HEAD')) ?? base
}

/** The newest commit that two have in common; undefined if one of them is not there. */
async function commonCommit(git: Git, one: string, other: string): Promise<CommitId | undefined> {
  const { exitCode, stdout } = await git.run(['merge-base', one, other], { expects: [0, 1, 128] })
  return exitCode === 0 ? stdout.trim() : undefined
}

async function has(git: Git, commit: CommitId): Promise<boolean> {
  return (await resolveCommit(git, commit)) !== undefined
}

async function hasOr(git: Git, commit: CommitId | undefined): Promise<CommitId | undefined> {
  return commit === undefined ? undefined : resolveCommit(git, commit)
}
