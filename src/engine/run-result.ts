import { isOver } from '../../machines/statuses.ts'
import type { TasksFile } from '../store/tasks/schema.ts'
import type { ReportedThread, RunReport } from './run-context.ts'
import type { HeldThread } from './run-plan.ts'
import { threadsOf } from '../threads/thread.ts'
import { standingOf } from '../threads/standing.ts'

/** The current state of these threads, ordered by id. */
export function reportThreads(file: TasksFile, ids: Iterable<string>): ReportedThread[] {
  const wanted = new Set(ids)
  return threadsOf(file)
    .filter(({ id }) => wanted.has(id))
    .map((thread) => ({
      id: thread.id,
      ...standingOf(thread),
      session: thread.sessions.at(-1),
      stopped: thread.delivery?.stopped,
    }))
}

/** The result of a run, as plain values for scripts and programs. */
export function resultOf(stream: string, report: RunReport) {
  return {
    stream,
    batch: report.batch,
    status: statusOf(report),
    gate: report.gate,
    ...(report.process !== undefined && { process: report.process }),
    ...(report.held.length === 0 ? {} : { held: report.held.map(heldOf) }),
    ...(report.blocked && { blocked: report.blocked.map(({ id, tasks }) => ({ id, tasks })) }),
    threads: report.threads.map(({ id, status, reason, session }) => ({
      id,
      status,
      reason,
      sessionId: session?.sessionId ?? null,
      attempt: session?.attempt ?? null,
    })),
  }
}

/** `session` and `place` for a thread whose session belongs elsewhere. */
function heldOf({ id, retryAt, foreign }: HeldThread): HeldResult {
  return foreign === undefined ? { id, retryAt } : { id, session: foreign.type, place: foreign.place }
}

/** A thread that was not run, and why. */
type HeldResult =
  | { id: string; retryAt: string; session?: undefined; place?: undefined }
  | { id: string; session: 'elsewhere' | 'unknown'; place: string; retryAt?: undefined }

/** The outcome of a run: `running` if only threads run by other processes keep it from being completed. */
function statusOf({ end, threads }: RunReport): 'completed' | 'failed' | 'interrupted' | 'running' {
  const open = threads.filter(({ status }) => !isOver(status))
  const failed = open.length > 0 && open.every(({ status }) => status === 'running') ? 'running' : 'failed'
  switch (end) {
    case 'done':
      return 'completed'
    case 'gated':
      return open.length === 0 ? 'completed' : failed
    case 'halted':
      return failed
    case 'held':
    case 'blocked':
      return 'failed'
    case 'interrupted':
      return 'interrupted'
    case 'left':
    case 'detached':
      return 'running'
  }
}
