import {
  constants,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { isPathInside, requireInside } from '../files/inside.ts'
import { advice, shell } from '../text/hint.ts'
import type { Git } from './git.ts'
import { ignoredPaths } from './ignored.ts'
import { isBelowWork } from './paths-of.ts'
import { partsOfList } from './refs.ts'
import { setupError } from './setup-error.ts'

/** File of patterns for files that isolated trees need. Other tools read it too. */
const includeFile = '.worktreeinclude'

/** Paths per git command: a command line has a limited length. */
const pathsAtOnce = 500

/** The patterns of files that are copied, in the syntax of .gitignore: those of agents.yaml and of .worktreeinclude. */
export function copyPatterns(main: Git, patterns: readonly string[]): string[] {
  const include = join(main.folder, includeFile)
  const lines = [...(existsSync(include) ? readFileSync(include, 'utf8').split('\n') : []), ...patterns]
  return lines.filter((line) => line.trim() !== '')
}

/**
 * Copies files of the main tree that git ignores and that a pattern names. Never a whole ignored folder, nothing below
 * work/, and nothing that the clone has already.
 */
export async function copyIgnored(main: Git, clone: Git, lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return
  const files = (await ignoredPaths(main)).filter((path) => !path.endsWith('/') && !isBelowWork(path))
  if (files.length === 0) return
  const list = join(clone.folder, '.git', 'work-copy')
  writeFileSync(list, `${lines.join('\n')}\n`)
  for (let at = 0; at < files.length; at += pathsAtOnce) {
    const some = files.slice(at, at + pathsAtOnce)
    const args = [
      '--literal-pathspecs',
      'ls-files',
      '-o',
      '-i',
      '-z',
      `--exclude-from=${list}`,
      '--',
      ...some,
    ]
    for (const path of partsOfList((await main.run(args)).stdout)) copyFile(main.folder, clone.folder, path)
  }
  rmSync(list, { force: true })
}

/** Copies one file in a way that leaves no half of it. */
function copyFile(main: string, clone: string, path: string): void {
  const [from, to] = [join(main, path), join(clone, path)]
  requireInside(clone, dirname(to))
  if (lstatSync(to, { throwIfNoEntry: false }) !== undefined) return
  mkdirSync(dirname(to), { recursive: true })
  const draft = join(clone, '.git', 'work-copied')
  rmSync(draft, { force: true })
  const entry = lstatSync(from, { throwIfNoEntry: false })
  if (entry === undefined) return
  if (entry.isSymbolicLink()) symlinkSync(readlinkSync(from), draft)
  else if (entry.isFile()) copyFileSync(from, draft, constants.COPYFILE_FICLONE)
  else return
  renameSync(draft, to)
}

/**
 * Links paths of the clone to those of the main tree. Throws a `WorkError` (`clone-setup`) for a path that is not there,
 * that the clone has already, or whose link git does not ignore: it would be committed.
 */
export async function linkIgnored(main: Git, clone: Git, paths: readonly string[]): Promise<void> {
  for (const path of paths.map((each) => each.replace(/\/+$/, ''))) await linkPath(main.folder, clone, path)
}

async function linkPath(main: string, clone: Git, path: string): Promise<void> {
  const name = `link in work/agents.yaml: ${path}`
  const [target, link] = [join(main, path), join(clone.folder, path)]
  if (!isPathInside(path) || isBelowWork(path))
    throw setupError(`${name} is not a path in the repository, or is in work/.`)
  if (!existsSync(target))
    throw setupError(`${name} does not exist in ${main}.`, 'Create it there, or remove the entry.')
  requireInside(clone.folder, dirname(link))
  const found = lstatSync(link, { throwIfNoEntry: false })
  const isOurs = found?.isSymbolicLink() === true && readlinkSync(link) === target
  if (found !== undefined && !isOurs)
    throw setupError(`${name} is a file or folder of the repository already.`, 'Remove the entry.')
  if (!isOurs) {
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(target, link)
  }
  const { exitCode } = await clone.run(['check-ignore', '-q', '--', path], { expects: [0, 1] })
  if (exitCode === 0) return
  rmSync(link)
  throw setupError(
    `${name} is not ignored by git as a link, so it would be committed: a pattern that ends with "/" matches only folders.`,
    advice`Add the line /${path} to .gitignore and commit it; ${shell('git', 'check-ignore', '-v', path)} shows what matches.`,
  )
}
