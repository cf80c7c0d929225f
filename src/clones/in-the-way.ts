import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import type { CommitId } from '../../machines/delivery.ts'
import { systemCode } from '../errors.ts'
import type { Git } from './git.ts'
import { partsOfList } from './refs.ts'
import { readRaw } from './stage-all.ts'

/** Files on the disk that git does not track and that going from one commit to another would overwrite, ignored or not. */
export async function untrackedInTheWay(git: Git, from: CommitId, to: CommitId): Promise<string[]> {
  const options = ['--raw', '-z', '--no-renames', '--no-abbrev']
  const changes = readRaw((await git.run(['diff', ...options, from, to])).stdout)
  const leaving = new Set(changes.filter(({ oldMode }) => oldMode !== '000000').map(({ path }) => path))
  const found = new Set<string>()
  for (const { path } of changes.filter(({ oldMode }) => oldMode === '000000')) {
    const obstacle = obstacleAt(git.folder, path)
    if (obstacle === undefined) continue
    if (obstacle.kind === 'file') found.add(obstacle.path)
    else for (const inside of await untrackedIn(git, path)) found.add(inside)
  }
  return [...found].filter((path) => !leaving.has(path)).toSorted()
}

async function untrackedIn(git: Git, folder: string): Promise<string[]> {
  const { stdout } = await git.run(['--literal-pathspecs', 'ls-files', '--others', '-z', '--', folder])
  return partsOfList(stdout)
}

/** What is in the place of a file that must be made: it, a folder, or a file where a folder above it must be. */
function obstacleAt(folder: string, path: string): { path: string; kind: 'file' | 'folder' } | undefined {
  const steps = path.split('/')
  for (let length = 1; length <= steps.length; length += 1) {
    const at = steps.slice(0, length).join('/')
    const kind = kindAt(join(folder, at))
    if (kind === 'none') return undefined
    if (kind === 'file' || length === steps.length) return { path: at, kind }
  }
  return undefined
}

function kindAt(path: string): 'none' | 'folder' | 'file' {
  try {
    return lstatSync(path).isDirectory() ? 'folder' : 'file'
  } catch (error) {
    if (systemCode(error) !== 'ENOENT' && systemCode(error) !== 'ENOTDIR') throw error
    return 'none'
  }
}
