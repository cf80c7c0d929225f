import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { exitCodes, systemCode, WorkError } from '../errors.ts'
import type { Workspace } from '../paths.ts'
import { advice, work } from '../text/hint.ts'

/** The folders of `work/.run`, as absolute paths. */
export function runFolders({ run, locks }: Pick<Workspace, 'run' | 'locks'>): string[] {
  const names = ['owners', 'stops', 'runs', 'edit', 'approved', 'bin', 'opencode.users']
  return [locks.folder, ...names.map((name) => join(run, name))]
}

/**
 * Creates the folder that contains `path`. If that is `work/.run` or inside it, `work/.run` gets a `.gitignore` that
 * ignores everything in it, including itself. Throws a `WorkError` (`repository-gone`) if the repository was moved
 * away.
 */
export function makeRunFolder(path: string): void {
  const folder = dirname(path)
  if (existsSync(folder)) return
  const run = enclosingRunFolder(folder)
  const root = run === undefined ? undefined : dirname(dirname(run))
  // A repository that was moved away is not created again at its old place.
  if (root !== undefined && !existsSync(root)) {
    throw new WorkError(`the repository ${root} no longer exists`, {
      code: 'repository-gone',
      hint: advice`Run the command in the folder where it is now: ${work('status')}`,
      exitCode: exitCodes.unfinished,
    })
  }
  mkdirSync(folder, { recursive: true })
  if (run !== undefined) writeOnce(join(run, '.gitignore'), '*\n')
}

function enclosingRunFolder(folder: string): string | undefined {
  for (let at = folder; dirname(at) !== at; at = dirname(at)) {
    if (basename(at) === '.run') return at
  }
  return undefined
}

function writeOnce(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: 'wx' })
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error
  }
}
