import type { CommitId } from '../../machines/delivery.ts'
import { gitIn, type Git } from './git.ts'
import { resolveCommit } from './refs.ts'
import { saveClone } from './save.ts'
import { keptRef, type CloneSite } from './site.ts'

/** The name below which the last state of a thread is kept whose work the user did not want. */
const dropped = 'dropped'

/**
 * Keeps the last state of a thread whose work is not merged as `refs/work/…/dropped`: everything in its clone, or what
 * was kept of it before if the clone is gone. Gives the ref, or undefined if nothing of the thread is there. Nothing of
 * the thread may be running. Repeating it is harmless.
 */
export async function keepDropped(
  site: CloneSite,
  { at, env }: { at: string; env: NodeJS.ProcessEnv },
): Promise<string | undefined> {
  const ref = keptRef(site, dropped)
  if ((await saveClone(site, { attempt: dropped, at, env })) !== undefined) return ref
  const main = gitIn(site.root, env)
  if ((await resolveCommit(main, ref)) !== undefined) return ref
  const last = await lastKept(main, site)
  if (last === undefined) return undefined
  await main.run(['update-ref', '-m', 'work: drop a thread', ref, last])
  return ref
}

/** The newest state of a thread that the main repository keeps: what was dropped, or its last attempt. */
export async function lastKept(main: Git, site: CloneSite): Promise<CommitId | undefined> {
  const below = keptRef(site, '')
  const names = (await main.text('for-each-ref', '--format=%(refname)', below)).split('\n')
  const attempts = names
    .map((name) => name.slice(below.length))
    .filter((name) => /^\d+$/.test(name))
    .toSorted((one, other) => Number(other) - Number(one))
  for (const what of [dropped, ...attempts, 'head']) {
    const commit = await resolveCommit(main, keptRef(site, what))
    if (commit !== undefined) return commit
  }
  return undefined
}
