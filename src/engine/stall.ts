import { setTimeout as delay } from 'node:timers/promises'
import type { SessionRecord } from '../../machines/session.ts'
import { isClosed } from '../../machines/statuses.ts'
import type { Runner, RunnerSession } from '../runners/runner.ts'
import { WatchedTime } from '../process/watched-time.ts'
import type { Task } from '../store/tasks/schema.ts'
import type { Evidence } from '../runners/evidence.ts'

/** What is needed to watch the sessions of a thread. */
export interface WatchedWorld {
  runner: Runner
  /** The session in the form for its runner. */
  forRunner: (session: SessionRecord) => RunnerSession
  /** Milliseconds without activity after which a session that has done its tasks counts as hanging. */
  hungAfter: number
  /** The thread's current tasks. */
  readTasks: () => Task[]
}

/**
 * Watches a session to its end. `timeout`: it exceeded its time limit and its timekeeper is gone. `hung`: it has
 * reported all tasks that decide its outcome, and then neither ends nor writes anything. Silence alone means nothing
 * for a session that has tasks left.
 */
export async function watchOrHang(
  world: WatchedWorld,
  session: SessionRecord,
  signal: AbortSignal,
): Promise<Evidence | 'timeout' | 'hung'> {
  const over = new AbortController()
  const stop = () => over.abort(signal.reason)
  signal.addEventListener('abort', stop)
  try {
    signal.throwIfAborted()
    const watched = world.runner.watch(world.forRunner(session), over.signal)
    const end = await Promise.race([watched, hang(world, session, over.signal)])
    if (end !== 'hung') return end === 'overdue' ? 'timeout' : end
    over.abort()
    // It may have ended at this very moment.
    const last = await watched.catch(() => 'hung' as const)
    return last === 'overdue' ? 'timeout' : last
  } finally {
    signal.removeEventListener('abort', stop)
    over.abort()
  }
}

/** Resolves when the session hangs. Otherwise never resolves, or rejects with an error. */
async function hang(world: WatchedWorld, session: SessionRecord, signal: AbortSignal): Promise<'hung'> {
  const interval = world.hungAfter / 10
  let [last, silence] = [signOf(world, session), new WatchedTime()]
  while (last === undefined || silence.count() < world.hungAfter) {
    await delay(interval, undefined, { signal, ref: false })
    const sign = signOf(world, session)
    if (sign !== last) [last, silence] = [sign, new WatchedTime()]
  }
  return 'hung'
}

/** Changes with every activity of a session that has reported its tasks; undefined while it has tasks left. */
function signOf({ runner, forRunner, readTasks }: WatchedWorld, session: SessionRecord): string | undefined {
  const tasks = session.doneWhen === 'tasks' ? readIfReadable(readTasks) : []
  if (tasks.length === 0 || !tasks.every(({ status }) => isClosed(status))) return undefined
  // One that resolves a conflict begins with closed tasks, and reports none.
  if (!tasks.some((task) => Date.parse(task.updated_at) >= Date.parse(session.startedAt))) return undefined
  return JSON.stringify([runner.lastLine(forRunner(session)), tasks.map((task) => task.updated_at)])
}

/**
 * Empty while tasks.json can't be read, as in the middle of a merge: a process that must write it reports the error.
 */
function readIfReadable(readTasks: () => Task[]): Task[] {
  try {
    return readTasks()
  } catch {
    return []
  }
}
