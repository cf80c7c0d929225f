import { isRecord } from '../json/guard.ts'
import { isSessionRecord, isThreadEnvelope, type TasksFile, type ThreadEnvelope } from './schema.ts'

/**
 * Sets invalid parts of a parsed tasks file aside, so that they stop only the threads they belong to: session records
 * go to `damaged_sessions` of their task; saved state machines are wrapped until the file is written. The schema
 * rejects all other errors. Without `threads`, no thread has a saved state. Returns whether the file will look
 * different when it is written.
 */
export function setDamageAside(file: unknown): boolean {
  if (!isRecord(file)) return false
  const tasks = Array.isArray(file['tasks']) ? file['tasks'].filter(isRecord) : []
  const { threads = {} } = file
  file['threads'] = threads
  const damaged = isRecord(threads)
    ? Object.entries(threads).filter(([, envelope]) => !isThreadEnvelope(envelope))
    : []
  for (const [id, envelope] of damaged) if (isRecord(threads)) threads[id] = wrap(envelope)
  return tasks.filter(setSessionsAside).length > 0
}

/** The same for session records in a parsed threads.json of version 1. */
export function setDamageAsideV1(file: unknown): void {
  const threads = isRecord(file) && Array.isArray(file['threads']) ? file['threads'] : []
  for (const thread of threads.filter(isRecord)) setSessionsAside(thread)
}

/** The file as it will be written: wrapped values as they were found. */
export function withDamage(file: TasksFile): Record<string, unknown> {
  const threads = Object.entries(file.threads).map(([id, envelope]) => [
    id,
    isDamaged(envelope) ? envelope.snapshot : envelope,
  ])
  return { ...file, threads: Object.fromEntries(threads) }
}

/** Whether a saved state machine exists but can't be used. */
export function isDamaged({ machine }: ThreadEnvelope): boolean {
  return machine === wrapper
}

/** A name that no machine has. */
const wrapper = '(damaged)'

function wrap(found: unknown): ThreadEnvelope {
  return { machine: wrapper, version: 0, savedAt: '', snapshot: found }
}

/** Returns whether anything was invalid. */
function setSessionsAside(task: Record<string, unknown>): boolean {
  const { sessions, currentSessionId, damaged_sessions: before = [] } = task
  const damaged: unknown[] = []
  if (Array.isArray(sessions)) {
    damaged.push(...sessions.filter((session) => !isSessionRecord(session)))
    if (damaged.length > 0) task['sessions'] = sessions.filter(isSessionRecord)
  } else if (sessions !== undefined) {
    damaged.push(sessions)
    delete task['sessions']
  }
  if (currentSessionId !== undefined && typeof currentSessionId !== 'string') {
    damaged.push({ currentSessionId })
    delete task['currentSessionId']
  }
  if (Array.isArray(before) && damaged.length === 0) return false
  task['damaged_sessions'] = [...(Array.isArray(before) ? before : [before]), ...damaged]
  return true
}
