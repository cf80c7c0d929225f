import * as z from 'zod/mini'
import { compareIds, normalizeId, parentId } from '../ids.ts'
import { compileGuard } from './guard.ts'
import { keeping, SessionRecord, Task, type TasksFile } from './tasks-schema.ts'

/** tasks.json of version 1: the same tasks, no charts. */
export type TasksFileV1 = z.infer<typeof TasksFileV1>
export const TasksFileV1 = keeping({
  version: z.string(),
  stream_id: z.string(),
  last_updated: z.string(),
  tasks: z.array(Task),
})

/** What the ancestor knew of a thread's sessions. Its session ids are made up; those two others are the runner's. */
const ThreadV1 = keeping({
  threadId: z.string(),
  sessions: z.array(SessionRecord),
  currentSessionId: z.optional(z.string()),
  opencodeSessionId: z.optional(z.string()),
  workingAgentSessionId: z.optional(z.string()),
})
type ThreadV1 = z.infer<typeof ThreadV1>

/** threads.json, which later files of version 1 have beside them. */
export type ThreadsFileV1 = z.infer<typeof ThreadsFileV1>
export const ThreadsFileV1 = keeping({ version: z.string(), threads: z.array(ThreadV1) })

export const isTasksFileV1 = compileGuard(TasksFileV1)
export const isThreadsFileV1 = compileGuard(ThreadsFileV1)

/**
 * Version 1 → 2. Each thread's sessions are gathered on its first task, together with what threads.json says.
 * One that is still `running` has lost its process: version 1 recorded none that could be looked for.
 */
export function migrateTasks(file: TasksFileV1, threadsFile: ThreadsFileV1 | undefined): TasksFile {
  const tasks = file.tasks.toSorted((left, right) => compareIds(left.id, right.id))
  const threads = new Map(
    threadsFile?.threads.map((thread) => [normalizeId(thread.threadId, 'thread'), thread]),
  )
  for (const [threadId, tasksOfThread] of groupByThread(tasks)) {
    moveSessionsToFirst(tasksOfThread, threads.get(threadId))
  }
  return { ...file, version: '2.0.0', tasks, threads: {} }
}

function groupByThread(tasks: Task[]): Map<string, Task[]> {
  const groups = new Map<string, Task[]>()
  for (const task of tasks) {
    const id = parentId(task.id, 'thread')
    const group = groups.get(id)
    if (group === undefined) groups.set(id, [task])
    else group.push(task)
  }
  return groups
}

function moveSessionsToFirst(tasks: Task[], thread: ThreadV1 | undefined): void {
  const [first] = tasks
  if (first === undefined) return
  const found = [...tasks.flatMap((task) => task.sessions ?? []), ...(thread?.sessions ?? [])]
  const had = first.sessions !== undefined
  for (const task of tasks) {
    delete task.sessions
    delete task.currentSessionId
  }
  if (had || found.length > 0) first.sessions = mergeSessions(found).map(settleLost)
  if (thread !== undefined) keepThread(first, thread)
}

/** One record per session, oldest first. Of two, the later read adds to the earlier, but no news of an end is lost. */
function mergeSessions(found: SessionRecord[]): SessionRecord[] {
  const sessions = new Map<string, SessionRecord>()
  for (const session of found) {
    const known = sessions.get(session.sessionId)
    const merged =
      known !== undefined && session.status === 'running'
        ? { ...session, ...known }
        : { ...known, ...session }
    sessions.set(session.sessionId, merged)
  }
  return [...sessions.values()].toSorted((left, right) => (left.startedAt < right.startedAt ? -1 : 1))
}

function settleLost(session: SessionRecord): SessionRecord {
  return session.status === 'running' ? { ...session, status: 'interrupted', reason: 'lost' } : session
}

/** The runner's own id goes to the last session, which a resume continues; all else is kept beside it. */
function keepThread(first: Task, thread: ThreadV1): void {
  const last = first.sessions?.at(-1)
  const runnerSessionId = thread.workingAgentSessionId ?? thread.opencodeSessionId
  if (last !== undefined && runnerSessionId !== undefined) last.runnerSessionId = runnerSessionId
  const { threadId: _, sessions: __, currentSessionId: ___, ...rest } = thread
  if (Object.keys(rest).length > 0) first.thread_v1 = rest
}
