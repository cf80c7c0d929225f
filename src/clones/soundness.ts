import { execFileSync } from 'node:child_process'
import { lstatSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { messageOf, systemCode, WorkError } from '../errors.ts'
import { inheritedEnvironment } from '../process/env.ts'
import { advice, work } from '../text/hint.ts'
import { readMark, type CloneMark } from './mark.ts'
import { threadOf, type CloneSite } from './site.ts'

/**
 * What is at the place of a thread's clone: `broken` is a folder without a repository that git accepts, `foreign` a
 * repository that is not this thread's clone. `flaw` says why, as a sentence.
 */
export type CloneState =
  | { type: 'none' }
  | { type: 'broken'; flaw: string }
  | { type: 'foreign'; flaw: string }
  | { type: 'sound'; mark: CloneMark }

/** Looks at the place of a thread's clone. */
export function stateOf(site: CloneSite): CloneState {
  const { folder } = site
  if (kindOf(folder) === 'none') return { type: 'none' }
  if (kindOf(folder) !== 'folder') return { type: 'foreign', flaw: `${folder} is not a folder.` }
  const kind = kindOf(join(folder, '.git'))
  if (kind === 'none') return { type: 'broken', flaw: `${folder} has no folder .git.` }
  // A .git file, or a link, leads to the repository of somebody else.
  if (kind !== 'folder') return { type: 'foreign', flaw: `${folder}/.git is not a folder.` }
  const flaw = flawOf(folder)
  if (flaw !== undefined) return { type: 'broken', flaw }
  const mark = readMark(folder)
  if (mark === undefined) return { type: 'foreign', flaw: `${folder} has no readable .git/work.json.` }
  if (mark.branch !== site.branch)
    return { type: 'foreign', flaw: `${folder} is the clone of another thread, ${threadOf(mark)}.` }
  return { type: 'sound', mark }
}

/**
 * Makes sure that a session can start in the clone of a thread, and that git works on it there and nowhere else. Throws a
 * `WorkError` (`clone-gone`).
 */
export function requireClone(site: CloneSite): void {
  const state = stateOf(site)
  if (state.type === 'sound' && state.mark.prepared) return
  const why =
    state.type === 'none'
      ? `${site.folder} does not exist.`
      : state.type === 'sound'
        ? `${site.folder} is not completely prepared.`
        : state.flaw
  const thread = threadOf(site).split('/')
  throw new WorkError(`Thread ${thread.at(-1)} has no clone to start a session in: ${why}`, {
    code: 'clone-gone',
    hint: advice`${work('fix', '--stream', thread[0] ?? '', '--thread', thread.at(-1) ?? '', '--retry')} prepares it again.`,
  })
}

/** Why git would not work on this folder, as a sentence. */
function flawOf(folder: string): string | undefined {
  try {
    const env = {
      ...inheritedEnvironment(process.env),
      GIT_CEILING_DIRECTORIES: dirname(folder),
      LC_ALL: 'C',
    }
    const args = ['rev-parse', '--show-toplevel', '--git-dir']
    const output = execFileSync('git', args, {
      cwd: folder,
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [top = ''] = output.split('\n')
    return top === realpathSync(folder) ? undefined : `git in ${folder} works on ${top}.`
  } catch (error) {
    if (!(error instanceof Error && 'status' in error)) throw error
    return `git finds no repository in ${folder}: ${messageOf(error).trim().split('\n').at(-1)}.`
  }
}

function kindOf(path: string): 'none' | 'folder' | 'other' {
  try {
    return lstatSync(path).isDirectory() ? 'folder' : 'other'
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return 'none'
    throw error
  }
}
