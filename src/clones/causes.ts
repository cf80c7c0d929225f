import type { CommitId, ConflictFile } from '../../machines/delivery.ts'
import type { Git } from './git.ts'
import { partsOfList } from './refs.ts'

interface Sides {
  /** Id of the workstream. */
  stream: string
  /** The thread that is merged, which is not named. */
  thread?: string
  onto: CommitId
  head: CommitId
}

/** Adds to each conflicting file which threads changed it in the workstream's branch since both sides parted. */
export async function nameCauses(
  git: Git,
  files: readonly Omit<ConflictFile, 'with'>[],
  { stream, thread, onto, head }: Sides,
): Promise<ConflictFile[]> {
  const parted = await git.text('merge-base', onto, head)
  const old = new Map([...(await renames(git, parted, head)), ...(await renames(git, parted, onto))])
  const named: ConflictFile[] = []
  for (const { path, kind } of files) {
    const before = old.get(path)
    const paths = before === undefined ? [path] : [path, before]
    const ids = await threadsThatChanged(git, { range: `${parted}..${onto}`, paths, stream })
    named.push({ path, kind, with: ids.filter((id) => id !== thread) })
  }
  return named
}

/** Old names of the files that were renamed between two commits, by their new names. */
async function renames(git: Git, from: CommitId, to: CommitId): Promise<Map<string, string>> {
  const options = ['--find-renames', '--diff-filter=R', '--name-status', '-z']
  const parts = partsOfList((await git.run(['diff', ...options, from, to])).stdout)
  const names = new Map<string, string>()
  for (let at = 0; at + 2 < parts.length; at += 3) names.set(parts[at + 2] ?? '', parts[at + 1] ?? '')
  return names
}

async function threadsThatChanged(
  git: Git,
  { range, paths, stream }: { range: string; paths: readonly string[]; stream: string },
): Promise<string[]> {
  const format = '--format=%(trailers:key=Work-Thread,valueonly)'
  const args = ['--literal-pathspecs', 'log', '--first-parent', format, range, '--', ...paths]
  const names = (await git.run(args)).stdout.split('\n').map((line) => line.trim())
  const own = names.filter((name) => name.startsWith(`${stream}/`))
  return [...new Set(own.map((name) => name.slice(stream.length + 1)))].toSorted()
}
