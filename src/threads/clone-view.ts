import type { CommitId } from '../../machines/delivery.ts'
import type { IsolationRecord } from '../store/tasks/schema.ts'
import type { ThreadFacts } from './thread.ts'

/** What was found of the clones of a workstream. */
export interface CloneLook {
  isolation: IsolationRecord
  /** Whether there is a clone in this folder, which is relative to the repository root. */
  exists: (folder: string) => boolean
  /** How much is changed in the clones, and their size in bytes, by thread id; given only when they are measured. */
  measured?: ReadonlyMap<string, CloneMeasure> | undefined
}

/** How much a thread has changed, and the size of its clone in bytes, if it is there. */
export interface CloneMeasure {
  changes?: { files: number; added: number; removed: number } | undefined
  size?: number | undefined
}

/** The clone of a thread's last session, and the commits between which its work is. */
export interface ThreadClone {
  /** Relative to the repository root. */
  folder: string
  /** The thread's branch in it. */
  branch: string
  base?: CommitId | undefined
}

/** The clone that a thread has worked in last; undefined for one that has none. */
export function cloneOf({ sessions }: Pick<ThreadFacts, 'sessions'>): ThreadClone | undefined {
  const last = sessions.findLast(({ branch }) => branch !== undefined)
  if (last?.cwd === undefined || last.branch === undefined) return undefined
  const base = sessions.findLast(({ clone }) => clone !== undefined)?.clone?.base
  return { folder: last.cwd, branch: last.branch, base }
}

/**
 * The commits between which the work of a merged thread is: what its merge added to the workstream's branch. Undefined
 * for one that is not merged.
 */
export function mergedRange(thread: ThreadFacts): { from: CommitId; to: CommitId } | undefined {
  const { merged, candidate, onto, head } = thread.delivery ?? {}
  if (merged === undefined || head === undefined) return undefined
  if (merged === candidate && onto !== undefined) return { from: onto, to: merged }
  const base = cloneOf(thread)?.base
  return base === undefined ? undefined : { from: base, to: head }
}

/** How far the threads of a workstream are merged, and how many clones there are. */
export function viewIsolation(threads: readonly ThreadFacts[], look: CloneLook) {
  const folders = new Set(threads.flatMap((thread) => cloneOf(thread)?.folder ?? []))
  const sizes = [...(look.measured?.values() ?? [])].flatMap(({ size }) => size ?? [])
  const { mode, branch, from, base } = look.isolation
  return {
    mode,
    branch,
    from,
    base,
    merged: threads.filter(({ delivery }) => delivery?.merged !== undefined).length,
    threads: threads.length,
    clones: [...folders].filter((folder) => look.exists(folder)).length,
    ...(look.measured !== undefined && { size: sizes.reduce((sum, size) => sum + size, 0) }),
  }
}

/** The clone of a thread and how far its work is delivered; empty for one that has not begun. */
export function viewClone(thread: ThreadFacts, look: CloneLook) {
  const { delivery } = thread
  const clone = cloneOf(thread)
  if (clone === undefined) return {}
  return {
    clone: { ...clone, exists: look.exists(clone.folder), ...look.measured?.get(thread.id) },
    delivery,
  }
}
