import * as z from 'zod/mini'
import type { EndCause, Outcome } from '../../machines/outcome.ts'
import {
  StoredReason,
  type IsolationRecord,
  type PlanRecord,
  type TasksFile,
  type ThreadEnvelope,
} from '../store/tasks/schema.ts'
import { planningThreadId } from '../planning/state.ts'
import type { TasksStore } from '../store/tasks/tasks.ts'
import type { StreamPaths } from '../paths.ts'
import { blockedReports, isAdded, threadsOf, type ThreadFacts } from '../threads/thread.ts'
import type { Evidence, Look } from '../runners/evidence.ts'

/** Loaded only if there is something to observe. See `preload.ts` for why each module has one place. */
const load = {
  foreignThreads: () => import('../threads/foreign.ts'),
  owners: () => import('../threads/leases.ts'),
  runners: () => import('../runners/registry.ts'),
  settle: () => import('../threads/settle.ts'),
  judge: () => import('../runners/judge.ts'),
}

/** Loads everything that observing may need. */
export async function preloadObserving(): Promise<void> {
  await Promise.all(Object.values(load).map((one) => one()))
}

/**
 * The threads of tasks.json as if every ended session were settled now: a thread recorded as running without a running
 * process shows the outcome of its session, even if nothing recorded it. Writes nothing.
 */
export async function observeThreads(
  tasks: TasksStore,
  stream: StreamPaths,
  now: () => Date,
): Promise<ThreadFacts[]> {
  return (await observeFile(tasks, stream, now)).threads
}

interface ObservedFile {
  threads: ThreadFacts[]
  plan: PlanRecord | undefined
  isolation: IsolationRecord | undefined
}

/** The same, with the plan that tasks.json was last compared with, and how its threads are isolated. */
export async function observeFile(
  tasks: TasksStore,
  stream: StreamPaths,
  now: () => Date,
): Promise<ObservedFile> {
  const file = tasks.read()
  const { plan, isolation } = file
  const threads = threadsOf(file)
  const running = threads.filter((thread) => thread.status === 'running')
  if (running.length === 0) return { threads, plan, isolation }
  const { markForeign } = await load.foreignThreads()
  const ends = new Map<string, End>()
  // In parallel: each look at a server that does not answer takes seconds.
  const look = async (thread: ThreadFacts) => {
    const evidence = await findEnd(thread, stream, now, () => isOwned(thread, stream))
    if (evidence !== undefined) ends.set(thread.id, { evidence, token: thread.sessions.at(-1)?.token })
  }
  await Promise.all(
    (await markForeign(running, stream)).flatMap((thread) =>
      thread.foreign === undefined ? [look(thread)] : [],
    ),
  )
  // Read again: the file now has what an agent reported up to its end, and another process may already have settled
  // it.
  const latest = tasks.read()
  const settled = ends.size === 0 ? latest : await settleInMemory(latest, ends, now().toISOString())
  const observed = await markForeign(threadsOf(settled), stream)
  return { threads: observed, plan: latest.plan, isolation: latest.isolation }
}

/**
 * The outcome of the session of a thread recorded as running; undefined while it is running, and for a foreign one.
 * For the owner that settles the thread: a session that was not started is not about to start, and what is left of a
 * lost one is ended.
 */
export async function observeOutcome(
  thread: ThreadFacts,
  stream: StreamPaths,
  now: () => Date,
): Promise<Outcome | undefined> {
  const { foreignTo } = await load.foreignThreads()
  if ((await foreignTo(thread, stream)) !== undefined) return undefined
  const evidence = await findEnd(thread, stream, now, () => Promise.resolve(false))
  if (evidence === undefined) return undefined
  const record = thread.sessions.at(-1)
  if (record !== undefined) {
    const { loadRunner } = await load.runners()
    await (await loadRunner(record.runner)).endRest({ record, root: stream.root }, evidence)
  }
  return await judgeEnd(thread, evidence)
}

interface End {
  evidence: Evidence
  /** Token of the session that ended. */
  token: string | undefined
}

/** How the thread's session ended; undefined while it is running or being started. */
async function findEnd(
  thread: ThreadFacts,
  stream: StreamPaths,
  now: () => Date,
  isBeingRun: () => Promise<boolean>,
): Promise<Evidence | undefined> {
  const look = await lookAtLast(thread, stream, now)
  if (look.type !== 'ended' && look.type !== 'absent') return undefined
  if (look.type === 'ended' && look.evidence.type !== 'server-lost') return look.evidence
  // Not started, or its server is missing: both are about to change while a process owns the thread.
  if (await isBeingRun()) return undefined
  return look.type === 'ended' ? look.evidence : { type: 'gone', at: now().toISOString(), detail: '' }
}

async function lookAtLast(thread: ThreadFacts, stream: StreamPaths, now: () => Date): Promise<Look> {
  const record = thread.sessions.at(-1)
  if (record === undefined) return { type: 'absent' }
  const { loadRunner } = await load.runners()
  return await (await loadRunner(record.runner)).probe({ record, root: stream.root }, now)
}

async function isOwned(thread: ThreadFacts, stream: StreamPaths): Promise<boolean> {
  const { ownerOf } = await load.owners()
  return (await ownerOf(stream, thread.id)) !== undefined
}

async function settleInMemory(file: TasksFile, ends: Map<string, End>, now: string): Promise<TasksFile> {
  const { settledToShow, writeSnapshot } = await load.settle()
  for (const thread of threadsOf(file)) {
    const end = ends.get(thread.id)
    const session = thread.sessions.at(-1)
    if (end === undefined || thread.status !== 'running' || session?.token !== end.token) continue
    const outcome = await judgeEnd(thread, end.evidence)
    writeSnapshot(file, settledToShow(thread, outcome), now)
  }
  return file
}

async function judgeEnd(thread: ThreadFacts, evidence: Evidence): Promise<Outcome> {
  const { judge } = await load.judge()
  const session = thread.sessions.at(-1)
  return judge({
    evidence,
    tasks: thread.tasks.map((task) => task.status),
    blocked: blockedReports(thread.tasks),
    added: session === undefined ? 0 : thread.tasks.filter((task) => isAdded(task, session)).length,
    doneWhen: session?.doneWhen ?? 'tasks',
    cause: causeOf(thread.envelope),
    program: session?.agentName ?? '',
    isLimited: thread.id === planningThreadId,
  })
}

const EndingSnapshot = z.object({
  context: z.object({
    ending: z.object({
      cause: z.object({
        status: z.enum(['interrupted', 'failed']),
        reason: StoredReason,
        detail: z.optional(z.string()),
      }),
    }),
  }),
})

/** Why the session was being ended, if it was, in the last record of its supervisor. */
function causeOf(envelope: ThreadEnvelope | undefined): EndCause | null {
  const { data } = z.safeParse(EndingSnapshot, envelope?.snapshot)
  return data?.context.ending.cause ?? null
}
