import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Git } from './git.ts'
import { partsOfList } from './refs.ts'
import type { RawChange } from './stage-all.ts'

/** Mode of an entry that names a commit of another repository. */
const gitlinkMode = '160000'
const symlinkMode = '120000'

/** Bytes from which a new file is worth a note. */
const largeFile = 50 * 1024 * 1024

/**
 * Repositories in the clone that are no submodules: git would record only the id of their commit, and their files would
 * be lost with the clone. Paths with a slash at the end.
 */
export async function untrackedRepositories(git: Git, link: readonly string[]): Promise<string[]> {
  const { stdout } = await git.run(['ls-files', '--others', '--exclude-standard', '-z'])
  const submodules = await submodulePaths(git)
  return partsOfList(stdout).filter((path) => {
    const name = path.replace(/\/$/, '')
    return path.endsWith('/') && !isBelow(name, ['work', ...link]) && !submodules.has(name)
  })
}

/** The same, of those that are in the index already. */
export async function addedRepositories(git: Git, changes: readonly RawChange[]): Promise<string[]> {
  const links = changes.filter(({ oldMode, newMode }) => newMode === gitlinkMode && oldMode !== gitlinkMode)
  if (links.length === 0) return []
  const submodules = await submodulePaths(git)
  return links.map(({ path }) => path).filter((path) => !submodules.has(path))
}

async function submodulePaths(git: Git): Promise<Set<string>> {
  if (!existsSync(join(git.folder, '.gitmodules'))) return new Set()
  const args = ['config', '-f', '.gitmodules', '-z', '--get-regexp', String.raw`^submodule\..*\.path$`]
  const { stdout } = await git.run(args, { expects: [0, 1] })
  return new Set(partsOfList(stdout).map((entry) => entry.slice(entry.indexOf('\n') + 1)))
}

/** What is noticed about new files: large ones, and links that lead out of the repository. */
export async function notesOn(git: Git, changes: readonly RawChange[]): Promise<string[]> {
  const added = changes.filter(({ oldMode }) => oldMode === '000000')
  const files = added.filter(({ newMode }) => newMode.startsWith('100'))
  const sizes = await sizesOf(
    git,
    files.map(({ newId }) => newId),
  )
  const large = files.flatMap(({ path }, index) => {
    const size = sizes[index] ?? 0
    return size >= largeFile ? [`${path} is new and large: ${Math.round(size / 1024 / 1024)} MB.`] : []
  })
  const links = []
  for (const { path, newId } of added.filter(({ newMode }) => newMode === symlinkMode)) {
    const { stdout: target } = await git.run(['cat-file', 'blob', newId])
    if (target.startsWith('/'))
      links.push(`${path} is a new symbolic link to ${target}, outside of the repository.`)
  }
  return [...large, ...links]
}

async function sizesOf(git: Git, ids: readonly string[]): Promise<number[]> {
  if (ids.length === 0) return []
  const { stdout } = await git.run(['cat-file', '--batch-check=%(objectsize)'], {
    input: `${ids.join('\n')}\n`,
  })
  return stdout.split('\n').map(Number)
}

/** Whether a path is one of these folders or below one. */
function isBelow(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path === folder || path.startsWith(`${folder.replace(/\/$/, '')}/`))
}
