import { keepDropped } from '../clones/drop.ts'
import type { TasksFile } from '../store/tasks/schema.ts'
import { isDone, type ThreadFacts } from '../threads/thread.ts'
import { isUnmerged, siteOfThread } from './thread-sites.ts'

/** The threads among these whose work would not be in the workstream's branch if they were marked as completed now. */
export function droppedWith(threads: readonly ThreadFacts[]): ThreadFacts[] {
  return threads.filter((thread) => !isDone(thread) && isUnmerged(thread))
}

/**
 * Keeps the last state of a thread, whose work the user gives up, as `refs/work/…/dropped`. Nothing of it may be running.
 * Does nothing for a thread without a clone.
 */
export async function keepWork(
  thread: ThreadFacts,
  file: Pick<TasksFile, 'isolation'>,
  { root, at, env }: { root: string; at: string; env: NodeJS.ProcessEnv },
): Promise<void> {
  const site = siteOfThread(thread, file, root)
  if (site !== undefined && isUnmerged(thread)) await keepDropped(site, { at, env })
}
