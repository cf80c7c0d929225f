import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { CommitId } from '../../machines/delivery.ts'
import { copyIndexFile } from './copy-index.ts'
import { type Git, gitIn } from './git.ts'
import { draftName, removeDrafts } from '../files/drafts.ts'
import { readNumstat, type FileChange } from './numstat.ts'
import { partsOfList } from './refs.ts'
import type { CloneSite } from './site.ts'

/** The difference between two states: numbers of each file, and the text of the patch unless only numbers were asked for. */
export interface CloneDifference {
  files: FileChange[]
  patch?: string
}

interface DiffOrder {
  /** Only the numbers. */
  stat?: boolean
  env: NodeJS.ProcessEnv
}

/** Neither programs of the user nor colors nor renames: the same text everywhere. */
const plain = ['--no-color', '--no-ext-diff', '--no-textconv', '--no-renames']

/** How often the files of a clone are listed again if one vanishes while they are. */
const attempts = 5

/**
 * What a clone has changed since `base`: commits, uncommitted changes and new files, without work/ and linked paths.
 * Nothing in the clone changes: an agent may be at work in it. Throws a `WorkError` (`git-failed`) if git fails.
 */
export async function diffClone(
  { folder }: Pick<CloneSite, 'folder'>,
  { base, link = [], stat, env }: DiffOrder & { base: CommitId; link?: readonly string[] },
): Promise<CloneDifference> {
  const git = gitIn(folder, env)
  const excluded = ['work', ...link].map((path) => `:(exclude,top,literal)${path}`)
  const paths = ['--', '.', ...excluded]
  const own = join(folder, '.git', 'index')
  removeDrafts(join(folder, '.git'), 'index-of-diff')
  const index = draftName(join(folder, '.git', 'index-of-diff'))
  const variables = { GIT_INDEX_FILE: index }
  try {
    if (existsSync(own)) copyIndexFile(own, index)
    else await git.run(['read-tree', 'HEAD'], { env: variables })
    await noteNewFiles(git, variables, paths)
    return await difference(git, [base, ...paths], { stat, variables })
  } finally {
    for (const path of [index, `${index}.lock`]) rmSync(path, { force: true })
  }
}

/** What changed between two commits of a repository. Throws a `WorkError` (`git-failed`) if one is not there. */
export async function diffCommits(
  root: string,
  from: CommitId,
  to: CommitId,
  { stat, env }: DiffOrder,
): Promise<CloneDifference> {
  return difference(gitIn(root, env), [from, to, '--'], { stat })
}

/** Adds the names of new files to an index, without their contents. Repositories inside are left out. */
async function noteNewFiles(git: Git, env: Record<string, string>, paths: readonly string[]): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const { stdout } = await git.run(['ls-files', '--others', '--exclude-standard', '-z', ...paths], { env })
    const added = partsOfList(stdout).filter((path) => !path.endsWith('/'))
    if (added.length === 0) return
    const args = [
      '--literal-pathspecs',
      'add',
      '--intent-to-add',
      '--pathspec-from-file=-',
      '--pathspec-file-nul',
    ]
    // A file may vanish after it was listed.
    const expects = attempt < attempts ? [0, 1, 128] : [0]
    const { exitCode } = await git.run(args, { env, input: added.join('\0'), expects })
    if (exitCode === 0) return
  }
}

async function difference(
  git: Git,
  args: readonly string[],
  { stat = false, variables = {} }: { stat?: boolean | undefined; variables?: Record<string, string> },
): Promise<CloneDifference> {
  const numbers = await git.run(['diff', ...plain, '--numstat', '-z', ...args], { env: variables })
  const files = readNumstat(numbers.stdout)
  if (stat) return { files }
  const { stdout } = await git.run(['diff', ...plain, ...args], { env: variables })
  return { files, patch: stdout === '' ? '' : `${stdout}\n` }
}
