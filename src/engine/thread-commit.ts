import type { ThreadContext } from '../../machines/thread-context.ts'
import { isUnder } from '../ids.ts'
import type { Task, TasksFile, ThreadEnvelope } from '../store/tasks-schema.ts'
import { isAdded } from './thread-facts.ts'

/**
 * Writes where a thread stands into tasks.json: its snapshot, its sessions on its first task, and, when the session's
 * end says so, its tasks as completed. A function of the file as it is now, so what others changed meanwhile stays.
 */
export function writeThread(file: TasksFile, context: ThreadContext, envelope: ThreadEnvelope): void {
  const tasks = file.tasks.filter((task) => isUnder(task.id, context.threadId))
  const [first] = tasks
  if (first === undefined) {
    throw new Error(
      `Thread ${context.threadId} has no tasks in tasks.json any more; what it came to can't be kept.`,
    )
  }
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

/** Opens the tasks of a thread again that were completed. */
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
