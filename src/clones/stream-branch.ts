import type { CommitId } from '../../machines/delivery.ts'
import { exitCodes, WorkError } from '../errors.ts'
import { isOlder } from '../process/program-version.ts'
import { advice, shell } from '../text/hint.ts'
import { isAncestor, resolveCommit } from './refs.ts'
import { gitIn, type Git } from './git.ts'
import { settleRefLock } from './left-locks.ts'

/** The first git that merges in memory. */
const oldestGit = '2.38'

/**
 * Makes sure that threads of a repository can work in clones. Throws a `WorkError`: `git-too-old`, `bare-repository` or
 * `no-commit`.
 */
export async function requireIsolation(root: string, env: NodeJS.ProcessEnv): Promise<void> {
  const git = gitIn(root, env)
  const version = await git.text('--version')
  if (isOlder(version, oldestGit))
    throw new WorkError(
      `Isolated threads need git ${oldestGit} or later; this is ${version.replace(/^git version /, 'git ')}.`,
      {
        code: 'git-too-old',
        hint: 'Update git, or set `isolation: none` in work/agents.yaml.',
      },
    )
  if ((await git.text('rev-parse', '--is-bare-repository')) === 'true')
    throw new WorkError(`${root} is a bare git repository, which has no working tree to clone for threads.`, {
      code: 'bare-repository',
      hint: advice`${shell('git', '-C', root, 'config', 'core.bare', 'false')} if that was set by mistake`,
    })
  if ((await resolveCommit(git, 'HEAD')) === undefined)
    throw new WorkError('This repository has no commit yet, and isolated threads need one to start from.', {
      code: 'no-commit',
      hint: advice`${shell('git', 'commit', '--allow-empty', '-m', 'start')}`,
    })
}

/** Where the branch of a workstream begins, and the commits that are recorded as merged into it. */
interface BranchOrder {
  /** Default: HEAD. */
  base?: CommitId | undefined
  merged?: readonly CommitId[] | undefined
}

/**
 * Makes sure that the branch of a workstream exists: creates it at its base, and notes that in
 * `refs/work/<stream>/base`. Returns the base. Throws a `WorkError`: `branch-taken` if there is another branch of this
 * name, or one that is in the way; `branch-gone` if it had threads merged and is gone.
 */
export async function ensureStreamBranch(
  root: string,
  into: string,
  env: NodeJS.ProcessEnv,
  { base, merged = [] }: BranchOrder = {},
): Promise<CommitId> {
  const git = gitIn(root, env)
  const start = await git.text('rev-parse', '--verify', `${base ?? 'HEAD'}^{commit}`)
  const ref = `refs/heads/${into}`
  const note = `refs/work/${into.replace(/^workstream\//, '')}/base`
  const found = await resolveCommit(git, ref)
  if (found === undefined && merged.length > 0) throw gone(into, await newestOf(git, merged))
  if (found === undefined) await create(git, { into, ref, start })
  else if (found !== start && !(await isOurs(git, { note, start, found, merged })))
    throw taken(into, found, start)
  if ((await resolveCommit(git, note)) !== start) {
    await settleRefLock(git, note)
    await git.run(['update-ref', note, start])
  }
  return start
}

/** Whether a branch that has moved from its base is that of the workstream. */
async function isOurs(
  git: Git,
  {
    note,
    start,
    found,
    merged,
  }: { note: string; start: CommitId; found: CommitId; merged: readonly CommitId[] },
): Promise<boolean> {
  if ((await resolveCommit(git, note)) === start) return true
  for (const commit of merged) if (!(await isAncestor(git, commit, found))) return false
  return merged.length > 0
}

/** Creates the branch; of several processes that do so at once, all find it at the same commit. */
async function create(
  git: Git,
  { into, ref, start }: { into: string; ref: string; start: CommitId },
): Promise<void> {
  const none = '0'.repeat(start.length)
  await settleRefLock(git, ref)
  const args = ['update-ref', '-m', 'work: workstream started', ref, start, none]
  const end = await git.run(args, { expects: [0, 1, 128] })
  if (end.exitCode === 0) return
  const found = await resolveCommit(git, ref)
  if (found === start) return
  if (found !== undefined) throw taken(into, found, start)
  throw new WorkError(`The branch ${into} can't be created: ${end.stderr.trim()}`, {
    code: 'branch-taken',
    hint: advice`${shell('git', 'branch', '--list', 'workstream*')} shows what is in the way.`,
    exitCode: exitCodes.unfinished,
  })
}

function taken(into: string, found: CommitId, start: CommitId): WorkError {
  const places = `at ${found.slice(0, 10)}, and not at ${start.slice(0, 10)}, where this workstream starts`
  return new WorkError(`Another branch is named ${into}: it is ${places}.`, {
    code: 'branch-taken',
    hint: advice`Rename it: ${shell('git', 'branch', '-m', into, '<name>')}`,
    exitCode: exitCodes.unfinished,
  })
}

/** The commit among these that has all others in its history. */
async function newestOf(git: Git, commits: readonly CommitId[]): Promise<CommitId> {
  const { stdout } = await git.run(['merge-base', '--independent', ...commits], { expects: [0, 128] })
  return stdout.split('\n')[0]?.trim() || (commits.at(-1) ?? '')
}

function gone(into: string, last: CommitId): WorkError {
  return new WorkError(`The branch ${into} is gone, and threads were merged into it.`, {
    code: 'branch-gone',
    hint: advice`Restore it where a thread was merged last: ${shell('git', 'branch', into, last)}`,
    exitCode: exitCodes.unfinished,
  })
}
