import type { CommitId } from '../../machines/delivery.ts'
import type { Git } from './git.ts'
import type { LandOptions } from './land-plan.ts'
import { commitArguments, type CommitContent, commitVariables, makeCommit } from './make-commit.ts'
import { runUserGit } from './user-git.ts'

/**
 * Makes the commit that is landed. It is signed if the user's commits are, unless nothing is carried out. `why`: what git
 * says if it can't be signed.
 */
export async function makeLandCommit(
  main: Git,
  content: CommitContent,
  { root, env, dryRun = false }: Pick<LandOptions, 'root' | 'env' | 'dryRun'>,
): Promise<{ id: CommitId } | { why: string }> {
  const setting = await runUserGit(root, ['config', '--bool', '--get', 'commit.gpgSign'], { env })
  if (dryRun || setting.stdout.trim() !== 'true') return { id: await makeCommit(main, content) }
  const [name = '', ...args] = commitArguments(content)
  const more = await commitVariables(main, content.at)
  const end = await runUserGit(root, [name, '-S', ...args], { env, more, input: `${content.message}\n` })
  if (end.exitCode === 0) return { id: end.stdout.trim() }
  return { why: end.stderr.trim() || end.failure || `exit code ${end.exitCode}` }
}
