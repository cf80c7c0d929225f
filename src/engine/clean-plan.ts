import { relative, sep } from 'node:path'
import { listClones, type ListedClone } from '../clones/remove.ts'
import type { CloneSite } from '../clones/site.ts'
import { workspaceAt, type StreamPaths } from '../paths.ts'
import type { IsolationRecord, TasksFile } from '../store/tasks/schema.ts'
import { describeHolder, ownerOf } from '../threads/leases.ts'
import { standingOf } from '../threads/standing.ts'
import { settledBy } from '../threads/status.ts'
import { threadsOf, type ThreadFacts } from '../threads/thread.ts'
import { siteOfThread } from './thread-sites.ts'

/** A folder in `work/.trees`, and what cleaning may do with it. */
export interface CloneToClean {
  /** Name of the folder. */
  name: string
  /** Absolute. */
  folder: string
  /** Null for what belongs to no thread of the workstream. */
  thread: string | null
  site?: CloneSite | undefined
  /**
   * `merged`: its work is in the workstream's branch. `dropped`: the user completed its thread, or took it out of the
   * plan. `unmerged`: its work is still to be done or merged. `running`: something works in it. `leftover`: what a killed
   * preparation or removal left. `other`: it belongs to another workstream, or not to `work`.
   */
  state: 'merged' | 'dropped' | 'unmerged' | 'running' | 'leftover' | 'other'
  /** Why it stays whatever is in it, as a sentence; undefined for one that goes if nothing of it would be lost. */
  reason?: string | undefined
}

/**
 * All folders in `work/.trees`, and which of them a workstream no longer needs. Changes nothing, and calls no git. The
 * threads are as observed, or as recorded.
 */
export async function planClean(
  file: TasksFile,
  stream: StreamPaths,
  threads: readonly ThreadFacts[] = threadsOf(file),
): Promise<CloneToClean[]> {
  const clones: CloneToClean[] = []
  for (const listed of listClones(workspaceAt(stream.root)))
    clones.push(await judge(listed, { file, stream, threads }))
  return clones
}

interface Knowledge {
  file: TasksFile
  stream: StreamPaths
  threads: readonly ThreadFacts[]
}

async function judge(listed: ListedClone, { file, stream, threads }: Knowledge): Promise<CloneToClean> {
  const { name, folder, mark } = listed
  const found = findThread(folder.replace(/\.(making|removing)$/, ''), { file, stream, threads })
  if (found === undefined) {
    const into = mark?.into
    const isOurs = into !== undefined && into === file.isolation?.branch
    const reason = isOurs
      ? 'No thread of tasks.json works in it.'
      : into === undefined
        ? 'work did not make it, or its .git/work.json is damaged.'
        : `It belongs to ${into.replace(/^workstream\//, '')}.`
    return { name, folder, thread: null, state: 'other', reason }
  }
  const { thread, site, isInPlan } = found
  const base = { name, folder, thread: thread.id, site }
  const use = await useOf(thread, stream, isInPlan)
  if (use !== undefined) return { ...base, state: 'running', reason: use }
  if (listed.type === 'making' || listed.type === 'removing') return { ...base, state: 'leftover' }
  if (thread.delivery?.merged !== undefined) return { ...base, state: 'merged' }
  if (!isInPlan || settledBy(thread) === 'user') return { ...base, state: 'dropped' }
  return { ...base, state: 'unmerged', reason: whyUnmerged(thread) }
}

interface FoundThread {
  thread: ThreadFacts
  site: CloneSite
  /** False for one that was replaced in, or removed from, the plan. */
  isInPlan: boolean
}

function findThread(folder: string, { file, stream, threads }: Knowledge): FoundThread | undefined {
  for (const thread of threads) {
    const site = siteOfThread(thread, file, stream.root)
    if (site?.folder === folder) return { thread, site, isInPlan: true }
  }
  for (const thread of droppedThreads(file)) {
    const site = siteOfThread(thread, file, stream.root)
    if (site?.folder === folder) return { thread, site, isInPlan: false }
  }
  return undefined
}

/** Threads that are no longer in the plan, the newest first. */
function droppedThreads(file: TasksFile): ThreadFacts[] {
  return (file.dropped_threads ?? [])
    .toReversed()
    .flatMap((dropped) => threadsOf({ ...file, tasks: dropped.tasks, threads: {} }))
}

/** What works in a thread's clone now, as a sentence. */
async function useOf(
  thread: ThreadFacts,
  stream: StreamPaths,
  isInPlan: boolean,
): Promise<string | undefined> {
  if (!isInPlan) return undefined
  if (thread.status === 'running') return 'It is running.'
  const owner = await ownerOf(stream, thread.id)
  return owner === undefined || owner.pid === process.pid
    ? undefined
    : `It is used by ${describeHolder(owner)}.`
}

function whyUnmerged(thread: ThreadFacts): string {
  const { status, reason } = standingOf(thread)
  return `Its work is not merged: ${reason === null ? status : `${status} (${reason})`}.`
}

/** A folder as it is shown: relative to the repository. */
export function shownFolder(folder: string, { root }: Pick<StreamPaths, 'root'>): string {
  return relative(root, folder).replaceAll(sep, '/')
}

/** The name under which a workstream has its refs: `001-x` of `workstream/001-x`. */
export function refsName({ branch }: Pick<IsolationRecord, 'branch'>): string {
  return branch.replace(/^workstream\//, '')
}
