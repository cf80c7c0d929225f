import type { CommitId } from '../../machines/delivery.ts'
import type { Git } from './git.ts'

/** The commit that a name means in this repository, or undefined if there is none. */
export async function resolveCommit(git: Git, name: string): Promise<CommitId | undefined> {
  const { exitCode, stdout } = await git.run(['rev-parse', '--verify', '--quiet', `${name}^{commit}`], {
    expects: [0, 1, 128],
  })
  return exitCode === 0 ? stdout.trim() : undefined
}

/** Whether everything of the commit `older` is in `newer`. False for a commit that the repository does not have. */
export async function isAncestor(git: Git, older: CommitId, newer: CommitId): Promise<boolean> {
  const { exitCode } = await git.run(['merge-base', '--is-ancestor', older, newer], {
    expects: [0, 1, 128],
  })
  return exitCode === 0
}

/** The ref of a branch. */
export function branchRef(branch: string): string {
  return `refs/heads/${branch}`
}

/** The first characters of an id, for messages. */
export function shortId(id: CommitId): string {
  return id.slice(0, 7)
}

/** The parts of an output of `-z`, each of which ends with a NUL. */
export function partsOfList(output: string): string[] {
  return output.split('\0').filter((part) => part !== '')
}
