import { isClosed } from '../../machines/statuses.ts'
import type { ThreadContext } from '../../machines/thread-context.ts'
import { exitCodes, WorkError } from '../errors.ts'
import { isUnder } from '../ids.ts'
import type { Task, TasksFile } from '../store/tasks/schema.ts'
import type { TasksStore } from '../store/tasks/tasks.ts'
import type { StreamPaths } from '../paths.ts'
import { keepWork } from './drop-work.ts'
import { foreignThread, foreignTo } from '../threads/foreign.ts'
import { observeOutcome } from './probe.ts'
import { ownThreads } from '../threads/leases.ts'
import { completed, writeSnapshot } from '../threads/settle.ts'
import type { ThreadSnapshot } from '../threads/snapshot.ts'
import { isDone, threadsOf, type ThreadFacts } from '../threads/thread.ts'
import { advice, work } from '../text/hint.ts'

export interface CompleteRequest {
  stream: StreamPaths
  tasks: TasksStore
  threadIds: string[]
  /** The report for each open task. */
  report: string | undefined
  now: () => Date
  /** The command as typed, shown to others that find a thread taken. */
  command: string
  env: NodeJS.ProcessEnv
}

/** A thread that is completed now. */
export interface CompletedThread {
  id: string
  name: string
  /**
   * Who completed it: the user, or its session, which had ended normally without being observed. Null if it was
   * already completed.
   */
  by: 'user' | 'session' | null
  /** Ids of the tasks that were open. */
  tasks: string[]
}

/**
 * Marks threads and their open tasks as completed, all in one change; completed ones don't change. A session whose end
 * was not observed is settled first. What is not merged of an isolated thread is kept below `refs/work`. Throws a `WorkError` (`thread-busy`) if a thread is running; then nothing has
 * been changed.
 */
export async function completeThreads(request: CompleteRequest): Promise<CompletedThread[]> {
  const { stream, tasks, threadIds, now, command } = request
  const readThreads = () => threadsOf(tasks.readSound()).filter(({ id }) => threadIds.includes(id))
  const open = readThreads().filter((thread) => !isDone(thread))
  // Before it is owned: in that time others would be refused because of this command, and not because of the session.
  for (const thread of open) await requireHere(thread, stream)
  const openIds = open.map(({ id }) => id)
  const self = { pid: process.pid, command, since: now().toISOString() }
  const ownership = await ownThreads(stream, openIds, self)
  try {
    // Read again: another process may have completed a thread before it was owned.
    const threads = readThreads()
    const snapshots: ThreadSnapshot[] = []
    for (const thread of threads) {
      if (openIds.includes(thread.id) && !isDone(thread)) snapshots.push(await completedNow(thread, request))
    }
    const done = snapshots.length === 0 ? new Map<string, Done>() : await commitCompleted(snapshots, request)
    return threads.map(({ id, name }) => ({ id, name, ...(done.get(id) ?? { by: null, tasks: [] }) }))
  } finally {
    ownership.release()
  }
}

/** The chart of a thread, led to its end. */
async function completedNow(
  thread: ThreadFacts,
  { stream, tasks, now, env }: CompleteRequest,
): Promise<ThreadSnapshot> {
  const outcome = thread.status === 'running' ? await observeOutcome(thread, stream, now) : null
  if (outcome === undefined) throw await aliveOrForeign(thread, stream)
  await keepWork(thread, tasks.read(), { root: stream.root, at: now().toISOString(), env })
  return completed(thread, outcome)
}

type Done = Pick<CompletedThread, 'by' | 'tasks'>

async function commitCompleted(
  snapshots: ThreadSnapshot[],
  { tasks, report, now }: CompleteRequest,
): Promise<Map<string, Done>> {
  const at = now().toISOString()
  return tasks.commit((file) => {
    const done = snapshots.map((snapshot): [string, Done] => {
      const { context } = snapshot
      const open = openTasksOf(file, context)
      writeSnapshot(file, snapshot, at)
      const by = context.settledBy === 'user' ? 'user' : 'session'
      if (by === 'user') for (const task of open) closeTask(task, report, at)
      return [context.threadId, { by, tasks: open.map(({ id }) => id) }]
    })
    return new Map(done)
  })
}

function openTasksOf(file: TasksFile, { threadId }: ThreadContext) {
  return file.tasks.filter((task) => isUnder(task.id, threadId) && !isClosed(task.status))
}

function closeTask(task: Task, report: string | undefined, at: string): void {
  task.status = 'completed'
  task.updated_at = at
  if (report !== undefined) task.report = report
}

/** Throws the error for a thread whose session belongs elsewhere. */
async function requireHere(thread: ThreadFacts, stream: StreamPaths): Promise<void> {
  const foreign = thread.status === 'running' ? await foreignTo(thread, stream) : undefined
  if (foreign !== undefined) throw foreignThread(thread, foreign)
}

async function aliveOrForeign(thread: ThreadFacts, stream: StreamPaths): Promise<WorkError> {
  const foreign = await foreignTo(thread, stream)
  return foreign === undefined ? alive(thread) : foreignThread(thread, foreign)
}

function alive({ id, sessions }: ThreadFacts): WorkError {
  const session = sessions.at(-1)
  const pid = session?.process?.pid
  const who = `session ${session?.sessionId ?? ''}${pid === undefined ? '' : ` (process ${pid})`}`
  return new WorkError(`Thread ${id} is being run by ${who}, without a supervisor.`, {
    code: 'thread-busy',
    hint: advice`${work('continue')} supervises it again and waits for its end.`,
    exitCode: exitCodes.usage,
  })
}
