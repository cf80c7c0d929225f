import type { CommitId } from '../../machines/delivery.ts'
import type { Git } from './git.ts'

interface CommitOrder {
  tree: string
  parents: readonly CommitId[]
  /** Subject, and paragraphs after it. */
  message: readonly string[]
  /** ISO time, for author and committer. */
  at: string
}

/** Makes a commit; the same order again gives the same commit. Its author is the user, or `work` where git knows none. */
export async function commitTree(git: Git, { tree, parents, message, at }: CommitOrder): Promise<CommitId> {
  const args = ['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent])]
  const { stdout } = await git.run(args, {
    input: `${message.join('\n\n')}\n`,
    env: await commitEnvironment(git, at),
  })
  return stdout.trim()
}

/** The variables for a commit at this time (ISO), by the user, or by `work` where git knows no identity. */
async function commitEnvironment(git: Git, at: string): Promise<Record<string, string>> {
  const date = `@${Math.floor(Date.parse(at) / 1000)} +0000`
  const { exitCode } = await git.run(['var', 'GIT_COMMITTER_IDENT'], { expects: [0, 128] })
  return {
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_DATE: date,
    ...(exitCode !== 0 && {
      GIT_AUTHOR_NAME: 'work',
      GIT_AUTHOR_EMAIL: 'work@localhost',
      GIT_COMMITTER_NAME: 'work',
      GIT_COMMITTER_EMAIL: 'work@localhost',
    }),
  }
}
