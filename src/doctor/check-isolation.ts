import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import { gitIn, type Git } from '../clones/git.ts'
import { listClones } from '../clones/remove.ts'
import { sizeOfFiles } from '../clones/room.ts'
import type { CloneSettings } from '../clones/settings.ts'
import { requireIsolation } from '../clones/stream-branch.ts'
import type { Workspace } from '../paths.ts'
import { runProgram } from '../process/spawn.ts'
import { listSome } from '../text/list-some.ts'
import { advice, shell, work } from '../text/hint.ts'
import { checked, objection, ok, problem, warning, type Check } from './check.ts'
import type { Disk } from './check-disk.ts'
import { checkScanners } from './check-scanners.ts'
import type { StreamChecks } from './check-streams.ts'
import { packageOf } from './package-file.ts'

const name = 'isolation'

export interface IsolationChecks {
  workspace: Workspace
  /** The settings of agents.yaml; undefined if it can't be read. */
  settings: CloneSettings | undefined
  parallel: number
  streams: StreamChecks
  env: Record<string, string>
  readDisk: (folder: string) => Disk
}

/**
 * What stops threads from working in clones, or makes it dangerous; nothing for a repository without isolation, but what
 * is left in `work/.trees`.
 */
export async function checkIsolation(options: IsolationChecks): Promise<Check[]> {
  const { workspace, settings, env } = options
  const leftovers = await checked(name, () => checkTrees(options))
  if (settings?.isolation !== 'clone' && !usesClones(options)) return leftovers
  try {
    await requireIsolation(workspace.root, env)
  } catch (error) {
    return [objection(name, 'problem', error), ...leftovers]
  }
  const git = gitIn(workspace.root, env)
  const checks = [
    ...(await checked(name, () => checkShape(git))),
    ...(await checked(name, () => checkContent(git, workspace, env))),
    ...(await checked(name, () => (settings === undefined ? [] : checkSetup(workspace, settings)))),
    ...(await checked(name, () => checkScanners(workspace.root))),
    ...(await checked(name, () => checkRoom(git, options))),
    ...leftovers,
  ]
  return checks.length > 0 ? checks : [ok(name, 'each thread works in a clone of its own')]
}

function usesClones({ streams }: IsolationChecks): boolean {
  return streams.streams.some(({ tasks }) => tasks.read().isolation?.mode === 'clone')
}

/** How the main repository is made: each of these changes what a clone is, or what it has. */
async function checkShape(git: Git): Promise<Check[]> {
  const checks: Check[] = []
  const settingOf = async (key: string) =>
    (await git.run(['config', '--get', key], { expects: [0, 1] })).stdout.trim()
  const worktree = await settingOf('core.worktree')
  if (worktree !== '') {
    const text = `core.worktree is set to ${worktree}: git works in that folder, whatever the current one is`
    checks.push(problem(name, text, shell('git', 'config', '--unset', 'core.worktree')))
  }
  const isShallow = (await git.text('rev-parse', '--is-shallow-repository')) === 'true'
  const { stdout: promisors } = await git.run(
    ['config', '--get-regexp', String.raw`^remote\..*\.promisor$`],
    {
      expects: [0, 1],
    },
  )
  if (isShallow) {
    const text = 'the repository is shallow, so clones are copies: they take more time and disk'
    checks.push(warning(name, text, shell('git', 'fetch', '--unshallow')))
  }
  if (promisors.trim() !== '') {
    const text =
      'the repository is a partial clone, so clones of threads are copies, and may lack files offline'
    checks.push(warning(name, text, shell('git', 'fetch', '--refetch', '--no-filter')))
  }
  if ((await settingOf('core.sparseCheckout')) === 'true') {
    const text = 'sparse checkout is on, and clones may have other files than this working tree'
    checks.push(
      warning(name, text, advice`${shell('git', 'sparse-checkout', 'disable')} checks out all files.`),
    )
  }
  return checks
}

/** Files that need more than git itself. */
async function checkContent(git: Git, { root }: Workspace, env: Record<string, string>): Promise<Check[]> {
  const checks: Check[] = []
  const found = await git.run(
    ['grep', '-I', '-l', '-e', 'filter=lfs', 'HEAD', '--', ':(glob)**/.gitattributes'],
    {
      expects: [0, 1],
    },
  )
  if (found.exitCode === 0) {
    const { exitCode } = await runProgram('git', ['lfs', 'version'], { cwd: root, env })
    if (exitCode !== 0) {
      const text = 'files are kept by Git LFS, and git-lfs is not installed: clones would have pointers only'
      checks.push(problem(name, text, 'Install git-lfs.'))
    }
  }
  const modules = await git.run(['cat-file', '-e', 'HEAD:.gitmodules'], { expects: [0, 1, 128] })
  if (modules.exitCode === 0) {
    const text = 'the repository has submodules: what an agent changes in one is not merged'
    checks.push(warning(name, text, advice`${shell('git', 'submodule', 'status')} lists them.`))
  }
  return checks
}

/** Packages of a workspace would be found in the main tree, whose code nobody has changed. */
function checkSetup({ root }: Workspace, { setup }: CloneSettings): Check[] {
  if (setup.length > 0) return []
  const manifest = packageOf(root)
  const file = existsSync(join(root, 'pnpm-workspace.yaml'))
    ? 'pnpm-workspace.yaml'
    : manifest?.['workspaces'] === undefined
      ? undefined
      : 'package.json'
  if (file === undefined) return []
  const text = `${file} has workspaces, and there is no "setup": Node would find the packages of the main working tree, without the changes of an agent`
  const command = file === 'package.json' ? '[npm, ci]' : '[pnpm, install]'
  return [
    warning(name, text, advice`Add to work/agents.yaml: setup: [${command}]   ${work('edit', '--agents')}`),
  ]
}

async function checkRoom(git: Git, { workspace, parallel, readDisk }: IsolationChecks): Promise<Check[]> {
  const { stdout } = await git.run(['ls-tree', '-r', '-l', '--full-tree', 'HEAD'])
  const need = sizeOfFiles(stdout) * parallel
  const { free } = readDisk(workspace.work)
  if (free >= need) return []
  const text = `${parallel} clones need ${inMb(need)} for their files, and ${inMb(free)} are free`
  return [warning(name, text, advice`Free some space, or lower "parallel": ${work('edit', '--agents')}`)]
}

function inMb(bytes: number): string {
  return `${Math.ceil(bytes / 1024 ** 2)} MB`
}

/** Folders in `work/.trees` that no workstream records. */
function checkTrees({ workspace, streams }: IsolationChecks): Check[] {
  if (!streams.isComplete) return []
  const sessions = streams.streams.flatMap(({ threads }) => threads.flatMap((thread) => thread.sessions))
  const known = new Set(sessions.map(({ cwd }) => cwd ?? '.'))
  const strays = listClones(workspace)
    .map(({ folder }) => relative(workspace.root, folder))
    .filter((path) => !known.has(path.replace(/\.(making|removing)$/, '')))
  if (strays.length === 0) return []
  const text = `no workstream records ${listSome(strays)}`
  return [
    warning(
      name,
      text,
      advice`Look for work that you want to keep, then remove ${strays.length === 1 ? 'it' : 'them'}: ${shell('rm', '-r', ...strays.slice(0, 1))}`,
    ),
  ]
}
