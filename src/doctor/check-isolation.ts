import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { gitIn, type Git } from '../clones/git.ts'
import { listClones, type ListedClone } from '../clones/remove.ts'
import { sizeOfFiles } from '../clones/room.ts'
import type { CloneSettings } from '../clones/settings.ts'
import { requireIsolation } from '../clones/stream-branch.ts'
import { systemCode, WorkError } from '../errors.ts'
import type { Workspace } from '../paths.ts'
import { findOnPath } from '../process/executable.ts'
import { advice, shell, work } from '../text/hint.ts'
import { listSome } from '../text/list-some.ts'
import { objection, ok, problem, warning, type Check } from './check.ts'
import { hasWorkspaces, scannersOf } from './scanners.ts'
import { describeSize, type Disk } from './check-disk.ts'
import type { CheckedStream } from './check-streams.ts'

const name = 'isolation'

interface IsolationScene {
  workspace: Workspace
  streams: readonly CheckedStream[]
  /** Whether all workstreams could be read: only then it is certain which folders belong to none. */
  isComplete: boolean
  /** Undefined if agents.yaml can't be read. */
  agents: { clones: CloneSettings; parallel: number } | undefined
  env: Record<string, string>
  readDisk: (folder: string) => Disk
}

/**
 * Whether threads can work in clones here, and what in the repository gets in their way; nothing where no thread does.
 * Folders in work/.trees that no workstream has recorded are always named.
 */
export async function checkIsolation(scene: IsolationScene): Promise<Check[]> {
  const { workspace, streams, agents, env } = scene
  const strays = checkClones(scene)
  const isUsed =
    agents?.clones.isolation === 'clone' ||
    streams.some(({ tasks }) => tasks.read().isolation?.mode === 'clone')
  if (!isUsed) return strays
  const { root } = workspace
  try {
    await requireIsolation(root, env)
  } catch (error) {
    if (!(error instanceof WorkError)) throw error
    return [...(await checkConfig(gitIn(root, env))), objection(name, 'problem', error), ...strays]
  }
  const git = gitIn(root, env)
  const found = [
    ...(await checkConfig(git)),
    ...(await checkLfs(git, env)),
    ...(await checkKind(git)),
    ...checkWorkspaces(root, agents?.clones),
    ...checkScanners(root),
    ...(await checkRoom(git, scene)),
    ...strays,
  ]
  return found.length === 0 ? [ok(name, 'threads work in clones of their own')] : found
}

/** What an inherited GIT_DIR, or a tool, may have set: with it, git no longer works on this folder. */
async function checkConfig(git: Git): Promise<Check[]> {
  const checks: Check[] = []
  if ((await valueOf(git, 'core.bare')) === 'true')
    checks.push(
      problem(
        name,
        'core.bare is true: git takes this working tree for a bare repository',
        shell('git', 'config', 'core.bare', 'false'),
      ),
    )
  const worktree = await valueOf(git, 'core.worktree')
  if (worktree !== '')
    checks.push(
      problem(
        name,
        `core.worktree is ${worktree}: git works on that folder`,
        shell('git', 'config', '--unset', 'core.worktree'),
      ),
    )
  return checks
}

async function checkLfs(git: Git, env: Record<string, string>): Promise<Check[]> {
  if (findOnPath('git-lfs', env) !== undefined) return []
  const paths = [':(glob)**/.gitattributes', ':(glob).gitattributes']
  const uses = await git.run(['grep', '-q', 'filter=lfs', 'HEAD', '--', ...paths], { expects: [0, 1] })
  if (uses.exitCode !== 0) return []
  const text = 'files are stored with git-lfs, which is not installed: clones would lack them'
  return [problem(name, text, advice`Install git-lfs, then ${shell('git', 'lfs', 'install')}`)]
}

/** Kinds of repositories whose clones cost more, or have less. */
async function checkKind(git: Git): Promise<Check[]> {
  const checks: Check[] = []
  const isShallow = (await git.text('rev-parse', '--is-shallow-repository')) === 'true'
  const isPartial = (await valueOf(git, 'extensions.partialclone')) !== ''
  if (isShallow)
    checks.push(
      warning(
        name,
        'this is a shallow clone: each thread gets a copy of its objects, instead of links',
        shell('git', 'fetch', '--unshallow'),
      ),
    )
  if (isPartial)
    checks.push(
      warning(
        name,
        'this is a partial clone: clones of threads fetch missing objects from its remote, which takes time',
        advice`${shell('git', 'fetch', '--refetch', '--no-filter')} fetches all objects.`,
      ),
    )
  if ((await valueOf(git, 'core.sparsecheckout')) === 'true')
    checks.push(
      warning(
        name,
        'this is a sparse checkout: threads see only the same folders',
        advice`${shell('git', 'sparse-checkout', 'list')} shows them.`,
      ),
    )
  const modules = await git.run(['ls-files', '-z', '--', '.gitmodules'])
  if (modules.stdout !== '')
    checks.push(
      warning(
        name,
        'there are submodules: each clone gets its own, and commits in them must be pushed by you',
        advice`${shell('git', 'submodule', 'status')} lists them.`,
      ),
    )
  return checks
}

function checkWorkspaces(root: string, clones: CloneSettings | undefined): Check[] {
  if (clones === undefined || clones.setup.length > 0 || !hasWorkspaces(root)) return []
  const text =
    'the packages of this workspace are linked in node_modules, and agents.yaml has no setup: in a clone, node would find the packages of the main working tree'
  return [warning(name, text, advice`Add setup, such as [[npm, ci]]: ${work('edit', '--agents')}`)]
}

function checkScanners(root: string): Check[] {
  return scannersOf(root).map(({ tool, file, line }) =>
    warning(name, `${tool} would also scan the clones in work/.trees`, advice`Add to ${file}: ${line}`),
  )
}

/** Whether the files of as many threads as may run at once have room on the disk. */
async function checkRoom(git: Git, { workspace, agents, readDisk }: IsolationScene): Promise<Check[]> {
  if (agents === undefined) return []
  const size = sizeOfFiles((await git.run(['ls-tree', '-r', '-l', '--full-tree', 'HEAD'])).stdout)
  const { free } = readDisk(workspace.work)
  if (size * agents.parallel <= free) return []
  const text = `${agents.parallel} clones of ${describeSize(size)} each do not fit in ${describeSize(free)} of free space`
  return [warning(name, text, advice`Lower parallel, or free some space: ${work('clean')}`)]
}

function checkClones({ workspace, streams, isComplete }: IsolationScene): Check[] {
  if (!isComplete || !hasTrees(workspace)) return []
  const recorded = new Set(
    streams.flatMap(({ threads }) => threads.flatMap(({ sessions }) => sessions.map(({ cwd }) => cwd))),
  )
  const isStray = ({ name: folder }: ListedClone) =>
    !recorded.has(`work/.trees/${folder.replace(/\.(?:making|removing|git-\d+)$/, '')}`)
  const strays = listClones(workspace)
    .filter(isStray)
    .map(({ name: folder }) => `work/.trees/${folder}`)
  if (strays.length === 0) return []
  const text = `${listSome(strays)} ${strays.length === 1 ? 'belongs' : 'belong'} to no thread of a workstream`
  const first = strays[0] ?? ''
  return [
    warning(
      name,
      text,
      advice`${shell('git', '-C', first, 'status')} shows what is in it. If you need nothing of it: ${shell('rm', '-r', first)}`,
    ),
  ]
}

function hasTrees({ work: folder }: Workspace): boolean {
  try {
    readdirSync(join(folder, '.trees'))
    return true
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false
    throw error
  }
}

async function valueOf(git: Git, key: string): Promise<string> {
  return (await git.run(['config', '--local', '--get', key], { expects: [0, 1] })).stdout.trim()
}
