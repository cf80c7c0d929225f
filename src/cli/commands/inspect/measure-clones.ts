import { existsSync, lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { gitIn, type Git } from '../../../clones/git.ts'
import { countChanges, countInClone, filesBetween, type ChangeCount } from '../../../clones/numstat.ts'
import { resolveCommit } from '../../../clones/refs.ts'
import { systemCode } from '../../../errors.ts'
import { cloneOf, mergedRange, type CloneMeasure, type ThreadClone } from '../../../threads/clone-view.ts'
import type { ThreadFacts } from '../../../threads/thread.ts'

/** How much each thread has changed, and how large its clone is, by thread id. Takes seconds for large repositories. */
export async function measureClones(
  root: string,
  threads: readonly ThreadFacts[],
  env: NodeJS.ProcessEnv,
): Promise<Map<string, CloneMeasure>> {
  const main = gitIn(root, env)
  const measured = new Map<string, CloneMeasure>()
  for (const thread of threads) {
    const clone = cloneOf(thread)
    if (clone === undefined) continue
    const folder = join(root, clone.folder)
    const size = existsSync(folder) ? sizeOf(folder) : undefined
    measured.set(thread.id, { changes: await changesOf(thread, clone, { main, folder, env }), size })
  }
  return measured
}

/** What its delivery has merged, or what is in its clone now; undefined if neither is there. */
async function changesOf(
  thread: ThreadFacts,
  { base }: ThreadClone,
  { main, folder, env }: { main: Git; folder: string; env: NodeJS.ProcessEnv },
): Promise<ChangeCount | undefined> {
  const range = mergedRange(thread)
  if (range !== undefined) {
    const isThere = (await resolveCommit(main, range.from)) !== undefined
    return isThere && (await resolveCommit(main, range.to)) !== undefined
      ? countChanges(await filesBetween(main, range.from, range.to))
      : undefined
  }
  if (base === undefined || !existsSync(join(folder, '.git'))) return undefined
  const git = gitIn(folder, env)
  return (await resolveCommit(git, base)) === undefined ? undefined : countInClone(git, base)
}

/** The bytes of all files in a folder. What others remove meanwhile does not count. */
function sizeOf(folder: string): number {
  try {
    const entry = lstatSync(folder)
    const inside = entry.isDirectory() ? readdirSync(folder) : []
    return entry.size + inside.reduce((sum, name) => sum + sizeOf(join(folder, name)), 0)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
    return 0
  }
}
