import type { SessionRecord } from '../../machines/session.ts'
import { isClosed, threadStatuses, type ThreadStatus } from '../../machines/statuses.ts'
import type { ForeignSession } from '../process/origin.ts'
import { compareIds, isEarlierInBatch, parentId } from '../ids.ts'
import { deliverySteps, hasToDeliver, type Delivery } from '../../machines/delivery.ts'
import { isRecord } from '../store/json/guard.ts'
import { isStoredDelivery, type Task, type TasksFile, type ThreadEnvelope } from '../store/tasks/schema.ts'

/**
 * Everything that tasks.json says about one thread. This file loads no state machine library: light commands use it.
 */
export interface ThreadFacts {
  id: string
  name: string
  stage: string
  batch: string
  /** In order; never empty. */
  tasks: [Task, ...Task[]]
  /** Oldest first. */
  sessions: SessionRecord[]
  envelope: ThreadEnvelope | undefined
  status: ThreadStatus
  /** How the work of its last completed session gets into the workstream's branch; null without one. */
  delivery: Delivery | null
  /** Set by `markForeign`: its session is recorded as running, but this checkout must not watch, stop or resume it. */
  foreign?: ForeignSession | undefined
}

/** The threads of a file, ordered by id. Threads are distinguished by id: equal names do not merge. */
export function threadsOf(file: TasksFile): ThreadFacts[] {
  const tasksByThread = new Map<string, [Task, ...Task[]]>()
  for (const task of file.tasks.toSorted((left, right) => compareIds(left.id, right.id))) {
    const id = parentId(task.id, 'thread')
    const tasks = tasksByThread.get(id)
    if (tasks === undefined) tasksByThread.set(id, [task])
    else tasks.push(task)
  }
  return [...tasksByThread].map(([id, tasks]) => threadFacts(id, tasks, file.threads[id]))
}

/** Whether nothing of the thread is left to do, no matter who did it. */
export function isDone(thread: ThreadFacts): boolean {
  return (
    thread.status !== 'running' &&
    !isUndelivered(thread) &&
    thread.tasks.every((task) => isClosed(task.status))
  )
}

/**
 * Whether the work of a thread that has ended must still be merged or verified: then closed tasks do not make it
 * complete.
 */
export function isUndelivered({ status, sessions }: Pick<ThreadFacts, 'status' | 'sessions'>): boolean {
  const last = sessions.at(-1)
  return (status === 'failed' || status === 'interrupted') && last !== undefined && hasToDeliver(last)
}

/** Whether only its delivery is left to do: all its tasks are closed. */
export function awaitsDelivery(thread: ThreadFacts): boolean {
  return isUndelivered(thread) && thread.tasks.every((task) => isClosed(task.status))
}

/** The running threads whose work is merged before that of thread `id`: the earlier ones of its batch. */
export function mergedBefore(id: string, threads: readonly ThreadFacts[]): ThreadFacts[] {
  return threads.filter((other) => other.status === 'running' && isEarlierInBatch(other.id, id))
}

/** Whether a task of the thread waits for the user, so that no run starts it. */
export function isBlocked(thread: ThreadFacts): boolean {
  return thread.status !== 'running' && thread.tasks.some((task) => task.status === 'blocked')
}

/** The agent assigned to a thread. Default: `default`. */
export function assignedAgent(thread: ThreadFacts): string {
  return thread.tasks.find((task) => task.assigned_agent !== undefined)?.assigned_agent ?? 'default'
}

/** Tasks that are neither completed nor cancelled. */
export function unfinishedTasks(thread: ThreadFacts): Task[] {
  return thread.tasks.filter((task) => !isClosed(task.status))
}

export function completedTasks(thread: ThreadFacts): Task[] {
  return thread.tasks.filter((task) => task.status === 'completed')
}

/** What the agent reported about the blocked tasks among these. */
export function blockedReports(tasks: readonly Task[]): string[] {
  return tasks.flatMap(({ status, report }) => (status === 'blocked' && report !== undefined ? [report] : []))
}

/** Whether an open task was added after the session began, so that its agent does not know it. */
export function isAdded({ status, created_at }: Task, { startedAt }: SessionRecord): boolean {
  return !isClosed(status) && Date.parse(created_at) > Date.parse(startedAt)
}

/** The stages (`01`) that have threads, in order. */
export function stagesOf(threads: ThreadFacts[]): string[] {
  return [...new Set(threads.map((thread) => parentId(thread.id, 'stage')))]
}

function threadFacts(
  id: string,
  tasks: [Task, ...Task[]],
  envelope: ThreadEnvelope | undefined,
): ThreadFacts {
  const [first] = tasks
  // They are on the first task, or on the one that was first when they were written.
  const sessions =
    tasks.find((task) => task.sessions !== undefined && task.sessions.length > 0)?.sessions ?? []
  return {
    id,
    name: first.thread_name,
    stage: first.stage_name,
    batch: first.batch_name,
    tasks,
    sessions,
    envelope,
    status: statusOf(envelope, sessions),
    delivery: deliveryIn(envelope),
  }
}

/** The status in the thread's chart; before it had one, the outcome of its last session. */
function statusOf(envelope: ThreadEnvelope | undefined, sessions: SessionRecord[]): ThreadStatus {
  return topState(envelope) ?? sessions.at(-1)?.status ?? 'pending'
}

/** Whether its agent has completed, and only the delivery of its work was interrupted. */
export function isDeliveryInterrupted(thread: ThreadFacts): boolean {
  return (
    thread.status === 'interrupted' &&
    awaitsDelivery(thread) &&
    thread.sessions.at(-1)?.status === 'completed'
  )
}

/** The state within `running`: `preparing`, `merging`, …; undefined for a thread that is not running. */
export function phaseOf({ envelope, status }: Pick<ThreadFacts, 'envelope' | 'status'>): string | undefined {
  const snapshot = envelope?.snapshot
  if (status !== 'running' || !isRecord(snapshot) || !isRecord(snapshot['value'])) return undefined
  const { running } = snapshot['value']
  const phase = isRecord(running) ? running['delivering'] : running
  return typeof phase === 'string' ? phase : undefined
}

/** Whether the agent of a running thread has completed, and its work is being merged or verified. */
export function isInDelivery(thread: Pick<ThreadFacts, 'envelope' | 'status'>): boolean {
  const phase = phaseOf(thread)
  return deliverySteps.some((step) => step === phase)
}

/** Since when its chart is in its state, in milliseconds since 1970; undefined if that is not recorded. */
export function phaseSince({ envelope }: Pick<ThreadFacts, 'envelope'>): number | undefined {
  const since = Date.parse(envelope?.savedAt ?? '')
  return Number.isFinite(since) ? since : undefined
}

function deliveryIn(envelope: ThreadEnvelope | undefined): Delivery | null {
  const snapshot = envelope?.snapshot
  if (!isRecord(snapshot) || !isRecord(snapshot['context'])) return null
  const { delivery } = snapshot['context']
  return isStoredDelivery(delivery) ? delivery : null
}

/** The top-level state of a thread's chart; undefined if nothing valid is recorded. */
export function topState(envelope: ThreadEnvelope | undefined): ThreadStatus | undefined {
  const snapshot = envelope?.snapshot
  if (typeof snapshot !== 'object' || snapshot === null || !('value' in snapshot)) return undefined
  const { value } = snapshot
  const words = typeof value === 'object' && value !== null ? Object.keys(value) : [value]
  return threadStatuses.find((status) => words.includes(status))
}
