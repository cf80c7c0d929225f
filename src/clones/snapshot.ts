import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { CommitId } from '../../machines/delivery.ts'
import { copyIndexFile } from './copy-index.ts'
import type { Git } from './git.ts'
import { partsOfList } from './refs.ts'

/** Everything in a working tree that git does not ignore, as a tree. */
export interface Snapshot {
  /** Id of the tree. */
  tree: string
  /** Folders with repositories of their own, whose files are not in it. */
  nested: string[]
}

let indexes = 0

/**
 * Makes a tree of everything in a working tree: changed, deleted and untracked files. The index stays as it is, whatever
 * state it is in. With `work` it leaves work/ as it is in that commit.
 */
export async function captureFiles(git: Git, { work }: { work?: CommitId } = {}): Promise<Snapshot> {
  const folder = join(git.folder, '.git')
  const index = join(folder, `work-index-${process.pid}-${++indexes}`)
  const env = { GIT_INDEX_FILE: index }
  try {
    if (existsSync(join(folder, 'index'))) copyIndexFile(join(folder, 'index'), index)
    else await git.run(['read-tree', 'HEAD'], { env })
    const nested = await nestedIn(git)
    const without = nested.map((path) => `:(exclude,top,literal)${path}`)
    await git.run(['add', '-A', '--sparse', '--', ':/', ...without], { env })
    if (work !== undefined) await restoreWork(git, work, env)
    const { stdout } = await git.run(['write-tree'], { env })
    return { tree: stdout.trim(), nested: [...new Set([...nested, ...(await foreignLinks(git, env))])] }
  } finally {
    rmSync(index, { force: true })
    rmSync(`${index}.lock`, { force: true })
  }
}

/** Untracked repositories inside the working tree: git lists them as folders, and does not look into them. */
async function nestedIn(git: Git): Promise<string[]> {
  const { stdout } = await git.run(['ls-files', '-o', '-z', '--exclude-standard'])
  return partsOfList(stdout)
    .filter((path) => path.endsWith('/'))
    .map((path) => path.slice(0, -1))
}

/** Repositories that are tracked and that .gitmodules does not name: nothing says where their files come from. */
async function foreignLinks(git: Git, env: Record<string, string>): Promise<string[]> {
  const { stdout } = await git.run(['ls-files', '-s', '-z'], { env })
  const links = partsOfList(stdout).filter((entry) => entry.startsWith('160000 '))
  if (links.length === 0) return []
  const known = new Set((await submodulesIn(git)).map(({ path }) => path))
  return links.map((entry) => entry.slice(entry.indexOf('\t') + 1)).filter((path) => !known.has(path))
}

/** The submodules that .gitmodules of the working tree names. */
export async function submodulesIn(git: Git): Promise<{ name: string; path: string }[]> {
  if (!existsSync(join(git.folder, '.gitmodules'))) return []
  const args = ['config', '-z', '--file', '.gitmodules', '--get-regexp', String.raw`^submodule\..*\.path$`]
  return partsOfList((await git.run(args, { expects: [0, 1] })).stdout).map((entry) => {
    const at = entry.indexOf('\n')
    return { name: entry.slice('submodule.'.length, at - '.path'.length), path: entry.slice(at + 1) }
  })
}

async function restoreWork(git: Git, commit: CommitId, env: Record<string, string>): Promise<void> {
  await git.run(['rm', '-r', '-q', '--cached', '--sparse', '--ignore-unmatch', '--', ':(top)work'], { env })
  const { exitCode } = await git.run(['rev-parse', '-q', '--verify', `${commit}:work`], {
    expects: [0, 1, 128],
  })
  if (exitCode === 0) await git.run(['read-tree', '--prefix=work/', `${commit}:work`], { env })
}
