import type { CloneSite } from '../clones/site.ts'
import type { TasksFile } from '../store/tasks/schema.ts'
import type { ThreadFacts } from '../threads/thread.ts'
import { siteOf } from './clone-place.ts'

/** Where the work of a thread is in git, by the last of its sessions that had a clone; undefined if none had one. */
export function siteOfThread(
  { sessions }: Pick<ThreadFacts, 'sessions'>,
  { isolation }: Pick<TasksFile, 'isolation'>,
  root: string,
): CloneSite | undefined {
  const last = sessions.findLast(({ branch }) => branch !== undefined)
  return last === undefined ? undefined : siteOf(last, isolation, root)
}

/** Whether a thread has a clone whose work is not in the workstream's branch, as far as is recorded. */
export function isUnmerged({ sessions, delivery }: Pick<ThreadFacts, 'sessions' | 'delivery'>): boolean {
  return sessions.some(({ branch }) => branch !== undefined) && delivery?.merged === undefined
}
