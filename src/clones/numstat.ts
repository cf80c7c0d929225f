import type { CommitId } from '../../machines/delivery.ts'
import type { Git } from './git.ts'
import { partsOfList } from './refs.ts'

/** A changed file. `added` and `removed` count lines; null for a binary file. */
export interface ChangedFile {
  path: string
  added: number | null
  removed: number | null
  /** git does not track it. */
  untracked?: true
}

/** How much was changed. */
export interface ChangeCount {
  files: number
  added: number
  removed: number
}

/** The files that differ between two commits. Both must be there; throws a `WorkError` (`git-failed`) otherwise. */
export async function filesBetween(git: Git, from: CommitId, to: CommitId): Promise<ChangedFile[]> {
  const { stdout } = await git.run(['diff', '--numstat', '-z', '--no-renames', from, to])
  return readNumstat(stdout)
}

/** What is changed in a clone now, in commits and beside them: compared with the commit where its branch begins. */
export async function countInClone(git: Git, base: CommitId): Promise<ChangeCount> {
  const scope = ['--', '.', ':(exclude,top)work']
  const { stdout } = await git.run(['diff', '--numstat', '-z', '--no-renames', base, ...scope])
  const untracked = await git.run(['ls-files', '-z', '--others', '--exclude-standard', ...scope])
  const count = countChanges(readNumstat(stdout))
  return { ...count, files: count.files + partsOfList(untracked.stdout).length }
}

/** The files of an output of `git diff --numstat -z --no-renames`. */
export function readNumstat(output: string): ChangedFile[] {
  return partsOfList(output).map((entry) => {
    const [added = '', removed = '', ...path] = entry.split('\t')
    return { path: path.join('\t'), added: lineCount(added), removed: lineCount(removed) }
  })
}

/** How many files these are, and how many lines were added to and removed from them. */
export function countChanges(files: readonly ChangedFile[]): ChangeCount {
  const total = (key: 'added' | 'removed') => files.reduce((sum, file) => sum + (file[key] ?? 0), 0)
  return { files: files.length, added: total('added'), removed: total('removed') }
}

/** null for a binary file. */
function lineCount(text: string): number | null {
  return text === '-' ? null : Number(text)
}
