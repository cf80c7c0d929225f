import type { CommitId, Unfit } from '../../machines/delivery.ts'
import type { Git } from './git.ts'
import { untrackedInTheWay } from './in-the-way.ts'
import { isAncestor, partsOfList, resolveCommit, shortId } from './refs.ts'
import { firstNames, unfit } from './unfit.ts'

/**
 * Brings HEAD and the files of a clone, whose work is committed, to `target`. Nothing is lost: refused with names where
 * a file in the way is in no commit. Picks up what a killed call of it left.
 */
export async function goToCommit(git: Git, target: CommitId): Promise<Unfit | undefined> {
  const head = await git.text('rev-parse', 'HEAD')
  const isOnWay = await isAncestor(git, head, target)
  const isEarlier = (await resolveCommit(git, begun(head))) !== undefined
  if (!isOnWay && !isEarlier)
    return unfit(
      `The clone ${git.folder} is at ${shortId(head)}, which is not part of what must be verified (${shortId(target)}).`,
    )
  const isBegun = (await resolveCommit(git, begun(target))) !== undefined
  // Since then, only verify commands have changed tracked files.
  if (isBegun || (head === target && isEarlier)) return discard(git, target)
  if (isEarlier) await discard(git, head)
  await restoreWorkFolder(git, head, target)
  const dirty = await changedFiles(git)
  if (dirty.length > 0)
    return unfit(`Files in the clone ${git.folder} are not committed: ${firstNames(dirty)}.`)
  const blocked = await untrackedInTheWay(git, head, target)
  if (blocked.length > 0)
    return unfit(
      `Files in the clone ${git.folder} that git ignores are in the way of the merge: ${firstNames(blocked)}. Move them away.`,
    )
  await git.run(['update-ref', begun(target), target])
  if (!isOnWay) return discard(git, target)
  await git.run(['merge', '--quiet', '--ff-only', '--no-overwrite-ignore', target])
  return undefined
}

/** Marks in the clone that the way to this commit was begun, and nothing was in the way. */
function begun(commit: CommitId): string {
  return `refs/work/verifying/${commit}`
}

async function discard(git: Git, target: CommitId): Promise<undefined> {
  await git.run(['reset', '--quiet', '--hard', target])
}

/** Changes of the agent below work/ are kept elsewhere; here they would be in the way of others' changes. */
async function restoreWorkFolder(git: Git, head: CommitId, target: CommitId): Promise<void> {
  const { stdout } = await git.run(['diff', '--name-only', '--no-renames', '-z', head, target, '--', 'work'])
  const paths = partsOfList(stdout)
  const there = partsOfList(
    (await git.run(['ls-tree', '-r', '--name-only', '-z', head, '--', 'work'])).stdout,
  )
  const tracked = paths.filter((path) => there.includes(path))
  if (tracked.length === 0) return
  await git.run(
    ['--literal-pathspecs', 'checkout', '--quiet', head, '--pathspec-from-file=-', '--pathspec-file-nul'],
    {
      input: tracked.join('\0'),
    },
  )
}

/** Tracked files that differ from HEAD, apart from those below work/. */
export async function changedFiles(git: Git): Promise<string[]> {
  const { stdout } = await git.run([
    'diff',
    '--name-only',
    '--no-renames',
    '-z',
    'HEAD',
    '--',
    '.',
    ':(exclude,top)work',
  ])
  return partsOfList(stdout)
}
