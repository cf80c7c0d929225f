import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { CommitId } from '../../machines/delivery.ts'
import { WorkError } from '../errors.ts'
import { configureClone } from './configure.ts'
import { gitIn, type Git } from './git.ts'
import { writeMark, type CloneMark } from './mark.ts'
import { removeTree } from './remove-tree.ts'
import type { CloneSite } from './site.ts'

/** Where the clone has what it fetched of the main repository. */
const tipRef = 'refs/work/tip'
const restoreRef = 'refs/work/restore'

/** The name of the remote while cloning: what comes from it is removed again. */
const origin = 'work-main'

interface MakeOrder {
  /** Where the thread's branch begins. */
  at: CommitId
  /** The ref of the main repository that has a commit to restore, and that commit. */
  restore?: { ref: string; commit: CommitId } | undefined
  push: boolean
  mark: CloneMark
  env: NodeJS.ProcessEnv
  /** Whether the files are there already: then the index is that of `at`. */
  isForFiles: boolean
}

/** The folder in which a clone is made. It may be removed at any time. */
function makingFolder({ folder }: Pick<CloneSite, 'folder'>): string {
  return `${folder}.making`
}

/**
 * Makes the git folder of a thread's clone, without files, in a folder aside: complete with settings, branch and mark.
 * Nothing in the main repository changes. Returns notes for the user.
 */
export async function makeClone(site: CloneSite, order: MakeOrder): Promise<string[]> {
  const making = makingFolder(site)
  await removeTree(making)
  prepareFolder(dirname(site.folder))
  const main = gitIn(site.root, order.env)
  const options = ['--no-checkout', '--template=', '-q', '-o', origin]
  // Remote branches are those of the main repository; its own branches come as branches of `origin`.
  const more = ['-c', `remote.${origin}.fetch=+refs/remotes/*:refs/remotes/*`]
  const notes = await notesOn(main)
  await cloneInto(main, making, [...options, ...more])
  const clone = gitIn(making, order.env)
  await dropOrigin(clone)
  await configureClone(main, clone, { push: order.push, tip: order.at })
  await fetchStreamTip(site, clone)
  if (order.restore !== undefined) await fetchFrom(site.root, clone, order.restore.ref, restoreRef)
  if (await isShallow(clone)) await fetchCommit(site.root, clone, order.at)
  await clone.run(['update-ref', '-m', 'work: thread started', `refs/heads/${site.branch}`, order.at])
  await clone.run(['symbolic-ref', 'HEAD', `refs/heads/${site.branch}`])
  if (order.isForFiles) await clone.run(['read-tree', 'HEAD'])
  writeMark(making, order.mark)
  return notes
}

/** Objects that git is just writing in the main repository are renamed while they are linked: then the clone fails. */
const cloneAttempts = 8

async function cloneInto(main: Git, making: string, options: readonly string[]): Promise<void> {
  for (let left = cloneAttempts - 1; ; left--) {
    try {
      await main.run(['clone', '--local', ...options, '--', main.folder, making])
      return
    } catch (error) {
      if (left === 0 || !(error instanceof WorkError)) throw error
      await removeTree(making)
    }
  }
}

/** Puts what was made at the place of the clone. */
export function placeClone(site: CloneSite): void {
  renameSync(makingFolder(site), site.folder)
}

/**
 * Gives the folder of a clone the git folder that was made; every file stays as it is. A damaged git folder is moved
 * aside, as it may have commits that are nowhere else. Returns where it is now.
 */
export async function placeGitFolder(site: CloneSite): Promise<string | undefined> {
  const place = join(site.folder, '.git')
  const aside = existsSync(place) ? freeName(site.folder) : undefined
  if (aside !== undefined) renameSync(place, aside)
  renameSync(join(makingFolder(site), '.git'), place)
  await removeTree(makingFolder(site))
  return aside
}

/** Fetches the tip of the workstream's branch into the clone; returns it. */
export async function fetchStreamTip({ root, into }: CloneSite, clone: Git): Promise<CommitId> {
  // Only `work` writes this ref, one process at a time: a lock was left by one that was killed.
  rmSync(join(clone.folder, '.git', `${tipRef}.lock`), { force: true })
  await fetchFrom(root, clone, `refs/heads/${into}`, tipRef)
  return clone.text('rev-parse', '--verify', `${tipRef}^{commit}`)
}

/** Options of a fetch that writes the named refs and nothing else. */
export const plainFetch = [
  'fetch',
  '--quiet',
  '--no-tags',
  '--no-write-fetch-head',
  '--no-recurse-submodules',
  '--no-prune',
  '--no-auto-maintenance',
] as const

async function fetchFrom(root: string, clone: Git, ref: string, to: string): Promise<void> {
  await clone.run([...plainFetch, '--', root, `+${ref}:${to}`])
}

async function fetchCommit(root: string, clone: Git, commit: CommitId): Promise<void> {
  const { exitCode } = await clone.run(['cat-file', '-e', `${commit}^{commit}`], { expects: [0, 1, 128] })
  if (exitCode !== 0) await clone.run([...plainFetch, '--', root, commit])
}

async function isShallow(git: Git): Promise<boolean> {
  return (await git.text('rev-parse', '--is-shallow-repository')) === 'true'
}

async function notesOn(main: Git): Promise<string[]> {
  if (!(await isShallow(main))) return []
  return [
    'The main repository is a shallow clone: the clone of the thread has a copy of its objects, without links.',
  ]
}

/** Removes the branches that the clone has of the main repository: they are of no use to the thread, and grow old. */
async function dropOrigin(clone: Git): Promise<void> {
  const refs = await clone.text('for-each-ref', '--format=delete %(refname)', `refs/remotes/${origin}/`)
  if (refs !== '') await clone.run(['update-ref', '--no-deref', '--stdin'], { input: `${refs}\n` })
}

/** The folder of all clones, which git ignores. */
function prepareFolder(trees: string): void {
  mkdirSync(trees, { recursive: true })
  const path = join(trees, '.gitignore')
  if (existsSync(path) && readFileSync(path, 'utf8') === '*\n') return
  // Several prepare at once: each writes a file of its own.
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, '*\n')
  renameSync(draft, path)
  rmSync(draft, { force: true })
}

function freeName(folder: string): string {
  for (let number = 1; ; number++) {
    const name = join(dirname(folder), `${basename(folder)}.git-${number}`)
    if (!existsSync(name)) return name
  }
}
