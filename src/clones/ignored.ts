import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { systemCode } from '../errors.ts'
import type { Git } from './git.ts'
import { partsOfList } from './refs.ts'

/** Ignored files and wholly ignored folders (which end with `/`) of a working tree, relative to its top. */
export async function ignoredPaths(git: Git): Promise<string[]> {
  const args = ['ls-files', '-o', '-i', '--exclude-standard', '-z', '--directory']
  return partsOfList((await git.run(args)).stdout)
}

/** The same, each file with its size and time of change: `12 1760000000000 .env`. A folder has only its name. */
export async function listIgnored(git: Git): Promise<string[]> {
  return (await ignoredPaths(git)).flatMap((path) => describe(git.folder, path) ?? [])
}

/** What is in one listing and not in the other: new and changed files, and new folders. */
export function newIgnored(before: readonly string[], now: readonly string[]): string[] {
  const known = new Set(before)
  return now.filter((entry) => !known.has(entry))
}

/** The path in an entry of a listing. */
export function pathOfIgnored(entry: string): string {
  return entry.endsWith('/') ? entry : entry.replace(/^\d+ \d+ /, '')
}

/** A listing with the entries of another one, which replace those of the same path. */
export function joinIgnored(before: readonly string[], more: readonly string[]): string[] {
  return [...new Map([...before, ...more].map((entry) => [pathOfIgnored(entry), entry])).values()]
}

function describe(folder: string, path: string): string | undefined {
  if (path.endsWith('/')) return path
  try {
    const { size, mtimeMs } = lstatSync(join(folder, path))
    return `${size} ${Math.floor(mtimeMs)} ${path}`
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}
