import { keepDropped } from '../clones/drop.ts'
import { gitIn } from '../clones/git.ts'
import { inspectClone, removeClone, type CloneReport } from '../clones/remove.ts'
import { removeTree } from '../clones/remove-tree.ts'
import { captureFiles } from '../clones/snapshot.ts'
import type { CloneSite } from '../clones/site.ts'
import { stateOf } from '../clones/soundness.ts'
import { sizeOfTree } from '../clones/tree-size.ts'
import { WorkError } from '../errors.ts'
import type { StreamPaths } from '../paths.ts'
import type { TasksStore } from '../store/tasks/tasks.ts'
import { listSome } from '../text/list-some.ts'
import { ownThreads } from '../threads/leases.ts'
import { planClean, type CloneToClean } from './clean-plan.ts'

export interface CleanRequest {
  stream: StreamPaths
  tasks: TasksStore
  /** Removes also what git ignores and does not save. */
  force: boolean
  /** Changes nothing. */
  dryRun: boolean
  /** The command as typed, shown to others that find a thread taken. */
  command: string
  now: () => Date
  env: NodeJS.ProcessEnv
}

/** A folder in `work/.trees` after cleaning, or as a dry run judges it. */
export interface CleanedClone extends Omit<CloneToClean, 'site' | 'reason'> {
  /** Disk space that it alone uses, in bytes. */
  bytes: number
  /** `removed`, or `remove` for a dry run. */
  action: 'keep' | 'remove' | 'removed'
  /** Why it stays, as sentences. */
  reasons: string[]
  /** Ignored files and folders that are nowhere else. */
  left: string[]
}

/**
 * Removes the clones among these that are no longer needed and of which nothing would be lost. The last state of a
 * dropped thread is kept below `refs/work` first. Each thread is owned in the meantime, so that no run starts in its clone.
 */
export async function cleanClones(
  clones: readonly CloneToClean[],
  request: CleanRequest,
): Promise<CleanedClone[]> {
  const cleaned: CleanedClone[] = []
  for (const clone of clones) cleaned.push(await cleanOne(clone, request))
  return cleaned
}

async function cleanOne(clone: CloneToClean, request: CleanRequest): Promise<CleanedClone> {
  const { site, thread, reason } = clone
  if (site === undefined || thread === null || reason !== undefined)
    return kept(clone, [reason ?? 'It belongs to no thread.'])
  if (request.dryRun) return wouldClean(clone, site, request)
  const self = { pid: process.pid, command: request.command, since: request.now().toISOString() }
  let ownership
  try {
    ownership = await ownThreads(request.stream, [thread], self)
  } catch (error) {
    if (!(error instanceof WorkError) || error.code !== 'thread-busy') throw error
    return kept({ ...clone, state: 'running' }, [error.message])
  }
  try {
    // Read again: a run may have begun and ended before the thread was owned.
    const latest = await judgeAgain(clone, request)
    return latest.reason === undefined
      ? await removeNow(latest, site, request)
      : kept(latest, [latest.reason])
  } finally {
    ownership.release()
  }
}

async function judgeAgain(clone: CloneToClean, { tasks, stream }: CleanRequest): Promise<CloneToClean> {
  const all = await planClean(tasks.read(), stream)
  return all.find(({ name }) => name === clone.name) ?? clone
}

async function removeNow(
  clone: CloneToClean,
  site: CloneSite,
  { force, env, now }: CleanRequest,
): Promise<CleanedClone> {
  if (clone.state === 'leftover') {
    const bytes = await sizeOfTree(clone.folder)
    await removeTree(clone.folder)
    return { ...shown(clone), bytes, action: 'removed', reasons: [], left: [] }
  }
  if (clone.state === 'dropped') await keepDropped(site, { at: now().toISOString(), env })
  const { isRemoved, bytes, unsaved, left } = await removeClone(site, { force, env })
  const reasons = isRemoved ? [] : reasonsToKeep({ unsaved, left })
  return { ...shown(clone), bytes, action: isRemoved ? 'removed' : 'keep', reasons, left }
}

async function wouldClean(
  clone: CloneToClean,
  site: CloneSite,
  { force, env }: CleanRequest,
): Promise<CleanedClone> {
  if (clone.state === 'leftover')
    return { ...shown(clone), bytes: await sizeOfTree(clone.folder), action: 'remove', reasons: [], left: [] }
  const report = await inspectClone(site, { env })
  const { bytes, left } = report
  const unsaved = clone.state === 'dropped' ? await lostWhenDropped(site, report, env) : report.unsaved
  const reasons = reasonsToKeep({ unsaved, left: force ? [] : left })
  return { ...shown(clone), bytes, action: reasons.length === 0 ? 'remove' : 'keep', reasons, left }
}

/** What would be lost of a clone although its last state is saved first. */
async function lostWhenDropped(
  site: CloneSite,
  { unsaved }: CloneReport,
  env: NodeJS.ProcessEnv,
): Promise<string[]> {
  if (unsaved.length === 0 || stateOf(site).type !== 'sound') return unsaved
  const { nested } = await captureFiles(gitIn(site.folder, env))
  return nested.length === 0 ? [] : [`Repositories inside of it are not saved: ${listSome(nested)}.`]
}

async function kept(clone: CloneToClean, reasons: string[]): Promise<CleanedClone> {
  return { ...shown(clone), bytes: await sizeOfTree(clone.folder), action: 'keep', reasons, left: [] }
}

function reasonsToKeep({ unsaved, left }: Pick<CloneReport, 'unsaved' | 'left'>): string[] {
  if (left.length === 0) return unsaved
  return [...unsaved, `git ignores these, so they are saved nowhere: ${listSome(left)}.`]
}

function shown({ name, folder, thread, state }: CloneToClean) {
  return { name, folder, thread, state }
}
