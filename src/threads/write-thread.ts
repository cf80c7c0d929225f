import type { SessionRecord } from '../../machines/session.ts'
import type { ThreadContext } from '../../machines/thread-context.ts'
import { exitCodes, WorkError } from '../errors.ts'
import { isUnder } from '../ids.ts'
import type { Task, TasksFile, ThreadEnvelope } from '../store/tasks/schema.ts'
import { isAdded } from './thread.ts'
import { advice, shell, work } from '../text/hint.ts'

/**
 * Writes the state of a thread to tasks.json: its snapshot, its sessions on its first task, and, if the session's end
 * says so, its tasks as completed. Changes the current file, so that concurrent changes by others stay.
 */
export function writeThread(file: TasksFile, context: ThreadContext, envelope: ThreadEnvelope): void {
  const tasks = file.tasks.filter((task) => isUnder(task.id, context.threadId))
  const [first] = tasks
  if (first === undefined) throw threadMissing(context.threadId)
  const stranger = first.sessions?.find((session) => !context.sessions.some((own) => isSame(own, session)))
  if (stranger !== undefined) throw threadChanged(context.threadId, stranger)
  for (const other of tasks.slice(1)) {
    delete other.sessions
    delete other.currentSessionId
  }
  first.sessions = context.sessions
  const live = context.sessions.find((session) => session.status === 'running')
  if (live === undefined) delete first.currentSessionId
  else first.currentSessionId = live.sessionId
  const session = context.sessions.at(-1)
  if (context.outcome?.closesTasks === true && session !== undefined) {
    for (const task of tasks) if (!isAdded(task, session)) completeOpen(task, envelope.savedAt)
  }
  file.threads[context.threadId] = envelope
}

/** A resumed session has the same id as the one before; records of version 1 have no token. */
function isSame(one: SessionRecord, other: SessionRecord): boolean {
  return one.sessionId === other.sessionId && one.token === other.token && one.attempt === other.attempt
}

/** The `WorkError` (`thread-missing`) for a thread of a run that is no longer in tasks.json. */
export function threadMissing(threadId: string): WorkError {
  return new WorkError(`Thread ${threadId} no longer has tasks in tasks.json.`, {
    code: 'thread-missing',
    hint: advice`Put its tasks back (${shell('git', 'diff')} shows what changed), then: ${work('continue')}`,
    exitCode: exitCodes.unfinished,
  })
}

function threadChanged(threadId: string, { sessionId, agentName }: SessionRecord): WorkError {
  return new WorkError(
    `Another process ran thread ${threadId} in the meantime: session ${sessionId} (${agentName}) is in tasks.json but does not belong to this run.`,
    {
      code: 'thread-taken',
      hint: advice`${work('status', '--sessions')} shows its sessions; ${work('continue')} runs the rest.`,
      exitCode: exitCodes.unfinished,
    },
  )
}

/** Reopens the completed tasks of a thread. */
export function reopenTasks(file: TasksFile, threadId: string, at: string): void {
  for (const task of file.tasks) {
    if (!isUnder(task.id, threadId) || task.status !== 'completed') continue
    task.status = 'pending'
    task.updated_at = at
  }
}

function completeOpen(task: Task, at: string): void {
  if (task.status !== 'pending' && task.status !== 'in_progress') return
  task.status = 'completed'
  task.updated_at = at
}
