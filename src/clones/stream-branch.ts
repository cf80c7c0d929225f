import type { CommitId } from '../../machines/delivery.ts'
import { exitCodes, WorkError } from '../errors.ts'
import { isOlder } from '../process/program-version.ts'
import { advice, shell } from '../text/hint.ts'
import { gitIn } from './git.ts'

/** The first git that merges in memory. */
export const oldestGit = '2.38'

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
  if ((await commitOf(git, 'HEAD')) === undefined)
    throw new WorkError('This repository has no commit yet, and isolated threads need one to start from.', {
      code: 'no-commit',
      hint: advice`${shell('git', 'commit', '--allow-empty', '-m', 'start')}`,
    })
}

/**
 * Creates the branch of a workstream at `base` (default: HEAD), if it does not exist. Returns its first commit. Throws a
 * `WorkError` (`branch-taken`) if the branch exists at another commit, or can't be created beside another one.
 */
export async function ensureStreamBranch(
  root: string,
  into: string,
  env: NodeJS.ProcessEnv,
  base?: CommitId,
): Promise<CommitId> {
  const git = gitIn(root, env)
  const start = await git.text('rev-parse', '--verify', `${base ?? 'HEAD'}^{commit}`)
  const ref = `refs/heads/${into}`
  const none = '0'.repeat(start.length)
  const message = 'work: workstream started'
  const end = await git.run(['update-ref', '-m', message, ref, start, none], { expects: [0, 1, 128] })
  if (end.exitCode === 0) return start
  const found = await commitOf(git, ref)
  if (found === start) return start
  throw new WorkError(
    found === undefined
      ? `The branch ${into} can't be created: ${end.stderr.trim()}`
      : `The branch ${into} exists already, at ${found.slice(0, 10)} and not at ${start.slice(0, 10)}, where this workstream starts.`,
    {
      code: 'branch-taken',
      hint:
        found === undefined
          ? advice`${shell('git', 'branch', '--list', 'workstream*')} shows what is in the way.`
          : advice`Rename it: ${shell('git', 'branch', '-m', into, '<name>')}`,
      exitCode: exitCodes.unfinished,
    },
  )
}

async function commitOf(git: ReturnType<typeof gitIn>, name: string): Promise<CommitId | undefined> {
  const args = ['rev-parse', '--verify', '-q', `${name}^{commit}`]
  const { exitCode, stdout } = await git.run(args, { expects: [0, 1, 128] })
  return exitCode === 0 ? stdout.trim() : undefined
}
