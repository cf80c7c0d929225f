import { existsSync, lstatSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import { basename, delimiter, dirname, isAbsolute, join, resolve } from 'node:path'
import { messageOf, systemCode, WorkError } from '../errors.ts'
import { workspaceAt, type Workspace } from '../paths.ts'
import { advice, shell, work } from '../text/hint.ts'
import { mainRootsOf } from './clone-root.ts'

/**
 * Finds the repository: `explicit` (`--repo-root`), otherwise the nearest one at or above `from`; for the clone of a
 * thread, the main repository. `env` may limit the search (`GIT_CEILING_DIRECTORIES`). Throws a `WorkError`
 * (`no-repository`) if there is none.
 */
export function findWorkspace(from: string, explicit: string | undefined, env: NodeJS.ProcessEnv): Workspace {
  if (explicit === undefined) return workspaceAt(mainOf(findRepository(from, env)))
  const root = resolve(from, explicit)
  if (existsSync(root)) return workspaceAt(mainOf(root))
  throw new WorkError(`--repo-root ${explicit}: folder not found.`, { code: 'no-repository' })
}

/**
 * The top folder of the git repository at or above `from`, found by git's own rules: a `.git` folder that git would
 * not accept is skipped; a `.git` file that leads nowhere ends the search, and so do the folders of
 * `GIT_CEILING_DIRECTORIES` in `env`. Throws a `WorkError` (`no-repository`).
 */
export function findRepository(from: string, env: NodeJS.ProcessEnv): string {
  const start = resolve(from)
  const ceilings = ceilingsOf(env)
  const flaws: string[] = []
  for (let folder = start; ; folder = dirname(folder)) {
    const look = lookFor(join(folder, '.git'))
    if (look.type === 'repository') return folder
    if (look.type === 'flaw') flaws.push(look.flaw)
    if (isBare(folder)) throw bareRepository(folder)
    const above = dirname(folder)
    const isEnd = above === folder || ceilings.has(above) || (look.type === 'flaw' && look.isFile)
    if (isEnd) throw noRepository(start, flaws)
  }
}

/** The main repository of a thread's clone; any other repository is its own. */
function mainOf(repository: string): string {
  const roots = mainRootsOf(repository)
  if (roots.length === 0) return repository
  const main = roots.find((root) => lookFor(join(root, '.git')).type === 'repository')
  if (main !== undefined) return main
  throw new WorkError(
    `${repository} is the clone of a thread, and its main repository ${roots.at(-1)} is not there.`,
    {
      code: 'no-repository',
      hint: advice`Name the main repository: ${work('--repo-root', '<dir>')} …`,
    },
  )
}

/** What a path ending in `.git` is. */
type Look = { type: 'repository' } | { type: 'none' } | { type: 'flaw'; flaw: string; isFile: boolean }

function lookFor(path: string): Look {
  let isFile = false
  try {
    const entry = statSync(path, { throwIfNoEntry: false })
    isFile = entry?.isFile() === true
    if (entry === undefined || !(isFile || entry.isDirectory())) return { type: 'none' }
    const flaw = isFile ? flawOfGitFile(path) : flawOfGitFolder(path)
    return flaw === undefined ? { type: 'repository' } : { type: 'flaw', flaw, isFile }
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return { type: 'flaw', flaw: `${path} can't be read: ${messageOf(error)}`, isFile }
  }
}

/** Why git would reject the file that points to the folder of a linked worktree or submodule. */
function flawOfGitFile(path: string): string | undefined {
  const target = /^gitdir: (.+?)[\r\n]*$/s.exec(readFileSync(path, 'utf8'))?.[1]
  if (target === undefined) return `${path} does not begin with "gitdir: "`
  const folder = resolve(dirname(path), target)
  if (!existsSync(folder)) return `${path} points to ${folder}, which does not exist`
  return flawOfGitFolder(folder)
}

/** Why git would reject a folder: it requires a valid HEAD, `objects` and `refs`. */
function flawOfGitFolder(path: string): string | undefined {
  if (!hasHead(path)) return `${path} has no valid HEAD`
  const common = commonFolderOf(path)
  const missing = ['objects', 'refs'].find((name) => !existsSync(join(common, name)))
  return missing === undefined ? undefined : `${common} has no ${missing}`
}

/**
 * Whether HEAD names a branch or a commit. In old repositories it is a symbolic link to a branch that may not exist
 * yet.
 */
function hasHead(gitFolder: string): boolean {
  const path = join(gitFolder, 'HEAD')
  const entry = lstatSync(path, { throwIfNoEntry: false })
  if (entry === undefined) return false
  if (entry.isSymbolicLink()) return readlinkSync(path).startsWith('refs/')
  return entry.isFile() && /^(ref:\s*refs\/|[0-9a-f]{40})/.test(readFileSync(path, 'utf8'))
}

/** Where branches and objects are: for a linked worktree, in its main repository. */
function commonFolderOf(gitFolder: string): string {
  const path = join(gitFolder, 'commondir')
  return existsSync(path) ? resolve(gitFolder, readFileSync(path, 'utf8').trim()) : gitFolder
}

/** Whether the folder is a bare repository, which has no working tree. */
function isBare(folder: string): boolean {
  if (basename(folder) === '.git' || !existsSync(join(folder, 'HEAD'))) return false
  if (flawOfGitFolder(folder) !== undefined) return false
  const config = join(folder, 'config')
  return existsSync(config) && /^\s*bare\s*=\s*true\s*$/im.test(readFileSync(config, 'utf8'))
}

/** The folders at which the search stops, with symbolic links resolved as git does. */
function ceilingsOf(env: NodeJS.ProcessEnv): Set<string> {
  const folders = (env['GIT_CEILING_DIRECTORIES'] ?? '').split(delimiter).filter((path) => isAbsolute(path))
  return new Set(
    folders.flatMap((path) => [resolve(path), ...(existsSync(path) ? [realpathSync(path)] : [])]),
  )
}

function noRepository(from: string, flaws: string[]): WorkError {
  const why = flaws.map((each) => ` ${each}.`).join('')
  return new WorkError(`No git repository at or above ${from}.${why}`, {
    code: 'no-repository',
    hint: advice`${shell('git', 'init')}, or name the folder: ${work('--repo-root', '<dir>')} …`,
  })
}

function bareRepository(folder: string): WorkError {
  return new WorkError(`${folder} is a bare git repository, which has no working tree to run a plan in.`, {
    code: 'no-repository',
    hint: advice`${shell('git', '-C', folder, 'worktree', 'add', '<dir>')}, and run work there`,
  })
}
