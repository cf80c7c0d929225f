import { cpSync, lstatSync, mkdirSync, readlinkSync, rmdirSync, rmSync, type Stats } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { systemCode } from '../errors.ts'
import { workspaceAt } from '../paths.ts'
import { type Git, gitIn } from './git.ts'
import type { LandOptions, LandPlan } from './land-plan.ts'
import { pathInGit, settleLock } from './left-locks.ts'
import { type RawChange, readRaw } from './stage-all.ts'
import { checkedOutBranch } from './unfit.ts'

/**
 * Puts back what a landing that was killed has changed, so that it can be carried out again: its plan says that these files
 * were clean before. Files that are neither as before nor as landed are copied to work/.run/rescued first. Gives the
 * copies, relative to the root.
 */
export async function repairLanding(
  { root, at, env }: Pick<LandOptions, 'root' | 'at' | 'env'>,
  { branch, from, to }: LandPlan,
): Promise<string[]> {
  const main = gitIn(root, env)
  const head = await main.text('rev-parse', 'HEAD')
  if (to === null || (head !== from && head !== to) || (await checkedOutBranch(main)) !== branch) return []
  const locks = ['index.lock', 'HEAD.lock', `refs/heads/${branch}.lock`]
  let isLocked = false
  for (const name of locks)
    isLocked = (await settleLock(await pathInGit(main, name))) !== undefined || isLocked
  // Another git command is at work. Landing is refused because of its lock.
  if (isLocked || head === to) return []
  const raw = await main.run(['diff', '--raw', '-z', '--no-renames', '--no-abbrev', from, to])
  const states = await compareFiles(main, readRaw(raw.stdout))
  if (!states.some(({ state }) => state === 'new')) return []
  const rescued = states
    .filter(({ state }) => state === 'other')
    .flatMap(({ change }) => rescue(root, change.path, at) ?? [])
  await restore(
    main,
    from,
    states.map(({ change }) => change),
  )
  return rescued
}

interface FileState {
  change: RawChange
  /** As before the landing, as after it, or something else. */
  state: 'old' | 'new' | 'other'
}

async function compareFiles(main: Git, changes: readonly RawChange[]): Promise<FileState[]> {
  const states: FileState[] = []
  for (const change of changes) {
    const id = await idOnDisk(main, change.path)
    const state = id === change.oldId ? 'old' : id === change.newId ? 'new' : 'other'
    states.push({ change, state })
  }
  return states
}

/** The id that git would give a file; zeros for what is not there, as git lists it. */
async function idOnDisk(main: Git, path: string): Promise<string> {
  const file = join(main.folder, path)
  const stats = statsOf(file)
  if (stats === undefined || stats.isDirectory())
    return '0'.repeat((await main.text('rev-parse', 'HEAD')).length)
  if (!stats.isSymbolicLink()) return main.text('hash-object', '--path', path, '--', file)
  return (await main.run(['hash-object', '--stdin'], { input: readlinkSync(file) })).stdout.trim()
}

function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT' && systemCode(error) !== 'ENOTDIR') throw error
    return undefined
  }
}

/** Copies a file aside, if it is there. Gives the copy, relative to the root. */
function rescue(root: string, path: string, at: string): string | undefined {
  if (statsOf(join(root, path)) === undefined) return undefined
  const copy = join(workspaceAt(root).run, 'rescued', at.replaceAll(/[^\dTZ.-]/g, '-'), path)
  mkdirSync(dirname(copy), { recursive: true })
  cpSync(join(root, path), copy, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true })
  return relative(root, copy).replaceAll(sep, '/')
}

/** Makes these paths as they are in `from`, in the index and on the disk. */
async function restore(main: Git, from: string, changes: readonly RawChange[]): Promise<void> {
  const options = ['--quiet', '--pathspec-from-file=-', '--pathspec-file-nul']
  const input = changes.map(({ path }) => path).join('\0')
  await main.run(['--literal-pathspecs', 'reset', ...options, from], { input })
  for (const { path } of changes.filter(({ oldMode }) => oldMode === '000000')) removeFile(main.folder, path)
  const before = changes.filter(({ oldMode }) => oldMode !== '000000').map(({ path }) => path)
  if (before.length > 0)
    await main.run(['checkout-index', '--force', '--quiet', '-z', '--stdin'], {
      input: before.map((path) => `${path}\0`).join(''),
    })
  await main.run(['update-index', '-q', '--refresh'], { expects: [0, 1] })
}

/** Removes a file, and the folders above it that are empty then. */
function removeFile(root: string, path: string): void {
  if (statsOf(join(root, path))?.isDirectory()) return
  rmSync(join(root, path), { force: true })
  for (let at = dirname(path); at !== '.'; at = dirname(at)) {
    try {
      rmdirSync(join(root, at))
    } catch (error) {
      if (systemCode(error) === undefined) throw error
      return
    }
  }
}
