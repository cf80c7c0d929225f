import { existsSync } from 'node:fs'
import type { CommitId } from '../../machines/delivery.ts'
import { advice, shell, work } from '../text/hint.ts'
import type { Git } from './git.ts'
import { untrackedInTheWay } from './in-the-way.ts'
import type { LandOptions, LandRefusal } from './land-plan.ts'
import { pathInGit } from './left-locks.ts'
import { partsOfList } from './refs.ts'
import { firstNames } from './unfit.ts'

/** What the user may be in the middle of, by a file in git's folder, and the command that undoes it. */
const acts: [file: string, what: string, undo: string[]][] = [
  ['rebase-merge', 'A rebase', ['rebase', '--abort']],
  ['rebase-apply', 'A rebase', ['rebase', '--abort']],
  ['MERGE_HEAD', 'A merge', ['merge', '--abort']],
  ['CHERRY_PICK_HEAD', 'A cherry-pick', ['cherry-pick', '--abort']],
  ['REVERT_HEAD', 'A revert', ['revert', '--abort']],
  ['BISECT_LOG', 'A bisect', ['bisect', 'reset']],
]

/** Why the state of the main tree forbids landing, whatever is landed. */
export async function refuseState(
  main: Git,
  { stream, recorded, into }: Pick<LandOptions, 'stream' | 'recorded' | 'into'>,
  branch: string | undefined,
): Promise<LandRefusal[]> {
  const refusals: LandRefusal[] = []
  for (const [file, what, undo] of acts) {
    if (!(await existsInGit(main, file))) continue
    refusals.push({
      code: 'under-way',
      message: `${what} is under way in ${main.folder}.`,
      hint: advice`Finish it, or undo it: ${shell('git', ...undo)}`,
      files: [],
    })
    break
  }
  if (await existsInGit(main, 'index.lock'))
    refusals.push({
      code: 'locked',
      message: `Another git command is running in ${main.folder}, or was killed: .git/index.lock exists.`,
      hint: 'If none is running, remove that file.',
      files: [],
    })
  const wanted = into ?? recorded
  if (branch === undefined) {
    const name = wanted ?? '<branch>'
    refusals.push({
      code: 'detached',
      message: `HEAD is detached in ${main.folder}: there is no branch to land ${stream} in.`,
      hint: shell('git', 'switch', name),
      files: [],
    })
  } else if (branch !== wanted) {
    const began = wanted === null ? `${stream} began on no branch` : `${stream} is landed in ${wanted}`
    refusals.push({
      code: 'other-branch',
      message: `${branch} is checked out, and ${began}.`,
      hint:
        wanted === null
          ? work('land', '--into', branch)
          : advice`${shell('git', 'switch', wanted)}, or ${work('land', '--into', branch)}`,
      files: [],
    })
  }
  return refusals
}

async function existsInGit(main: Git, file: string): Promise<boolean> {
  return existsSync(await pathInGit(main, file))
}

/** Which files of the user are in the way of these changes. Others are no obstacle, staged ones neither. */
export async function refuseFiles(main: Git, from: CommitId, to: CommitId): Promise<LandRefusal[]> {
  const { stdout } = await main.run(['diff', '--name-only', '--no-renames', '-z', from, to])
  const changing = new Set(partsOfList(stdout))
  const dirty = (await uncommittedFiles(main)).filter((path) => changing.has(path))
  const untracked = (await untrackedInTheWay(main, from, to)).filter((path) => !dirty.includes(path))
  const refusals: LandRefusal[] = []
  if (dirty.length > 0)
    refusals.push({
      code: 'uncommitted',
      message: `Uncommitted changes are in the way: ${firstNames(dirty)}.`,
      hint: advice`Commit them, or put them aside: ${shell('git', 'stash', 'push', '--', ...dirty)}`,
      files: dirty,
    })
  if (untracked.length > 0)
    refusals.push({
      code: 'in-the-way',
      message: `Files that are not in git are in the way, and would be overwritten: ${firstNames(untracked)}.`,
      hint: 'Move them away, or remove them.',
      files: untracked,
    })
  return refusals
}

/** Tracked files with changes, staged or not. */
async function uncommittedFiles(main: Git): Promise<string[]> {
  const options = ['--porcelain', '-z', '--untracked-files=no', '--no-renames']
  return partsOfList((await main.run(['status', ...options])).stdout).map((entry) => entry.slice(3))
}
