import { isClosed } from '../../machines/statuses.ts'
import type { ThreadContext } from '../../machines/thread-context.ts'
import { threadMachine } from '../../machines/thread.ts'
import { exitCodes, WorkError } from '../errors.ts'
import { isUnder } from '../ids.ts'
import type { Task, TasksFile } from '../store/tasks/schema.ts'
import type { TasksStore } from '../store/tasks/tasks.ts'
import type { StreamPaths } from '../paths.ts'
import { foreignThread, markForeign } from '../threads/foreign.ts'
import { observeOutcome } from './probe.ts'
import { ownThreads } from '../threads/leases.ts'
import { settledActor, takeStates } from './reconcile.ts'
import { restoreThread, type ThreadActor } from '../threads/snapshot.ts'
import { writeThread } from '../threads/write-thread.ts'
import { isDone, threadsOf, type ThreadFacts } from '../threads/thread.ts'

export interface CompleteRequest {
  stream: StreamPaths
  tasks: TasksStore
  threadIds: string[]
  /** The report for each open task. */
  report: string | undefined
  now: () => Date
  /** The command as typed, shown to others that find a thread taken. */
  command: string
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
 * was not observed is settled first. Throws a `WorkError` (`thread-busy`) if a thread is running; then nothing has
 * been changed.
 */
export async function completeThreads(request: CompleteRequest): Promise<CompletedThread[]> {
  const { stream, tasks, threadIds, now, command } = request
  const readThreads = () => threadsOf(tasks.readSound()).filter(({ id }) => threadIds.includes(id))
  const openIds = readThreads().flatMap((thread) => (isDone(thread) ? [] : [thread.id]))
  const self = { pid: process.pid, command, since: now().toISOString() }
  const ownership = await ownThreads(stream, openIds, self)
  try {
    // Read again: another process may have completed a thread before it was owned.
    const threads = readThreads()
    const actors: ThreadActor[] = []
    for (const thread of threads) {
      if (openIds.includes(thread.id) && !isDone(thread)) actors.push(await completed(thread, request))
    }
    const done = actors.length === 0 ? new Map<string, Done>() : await commitCompleted(actors, request)
    return threads.map(({ id, name }) => ({ id, name, ...(done.get(id) ?? { by: null, tasks: [] }) }))
  } finally {
    ownership.release()
  }
}

/** The actor of a thread, led to the end of its chart. */
async function completed(thread: ThreadFacts, { stream, now }: CompleteRequest): Promise<ThreadActor> {
  const outcome = thread.status === 'running' ? await observeOutcome(thread, stream, now) : null
  if (outcome === undefined) throw aliveOrForeign(thread, stream)
  const actor =
    outcome === null ? restoreThread(threadMachine, thread).start() : await settledActor(thread, outcome)
  const isSettledSo = outcome !== null && actor.getSnapshot().value === 'completed'
  if (!isSettledSo) actor.send({ type: 'COMPLETE', by: 'user' })
  return actor
}

type Done = Pick<CompletedThread, 'by' | 'tasks'>

async function commitCompleted(
  actors: ThreadActor[],
  { tasks, report, now }: CompleteRequest,
): Promise<Map<string, Done>> {
  const at = now().toISOString()
  const states = takeStates(actors, at)
  return tasks.commit((file) => {
    const done = states.map(({ context, envelope }): [string, Done] => {
      const open = openTasksOf(file, context)
      writeThread(file, context, envelope)
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

function aliveOrForeign(thread: ThreadFacts, stream: StreamPaths): WorkError {
  const foreign = markForeign([thread], stream)[0]?.foreign
  return foreign === undefined ? alive(thread) : foreignThread(thread, foreign)
}

function alive({ id, sessions }: ThreadFacts): WorkError {
  const session = sessions.at(-1)
  const pid = session?.process?.pid
  const who = `session ${session?.sessionId ?? ''}${pid === undefined ? '' : ` (process ${pid})`}`
  return new WorkError(`Thread ${id} is being run by ${who}, without a supervisor.`, {
    code: 'thread-busy',
    hint: 'work continue supervises it again and waits for its end.',
    exitCode: exitCodes.usage,
  })
}
