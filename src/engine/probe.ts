import * as z from 'zod/mini'
import type { EndCause, Outcome } from '../../machines/outcome.ts'
import type { SessionRecord } from '../../machines/session.ts'
import { closed, idleContext } from '../../machines/thread-context.ts'
import type { Evidence } from '../runners/runner.ts'
import { StoredReason, type PlanRecord, type TasksFile, type ThreadEnvelope } from '../store/tasks/schema.ts'
import type { TasksStore } from '../store/tasks/tasks.ts'
import type { StreamPaths } from '../paths.ts'
import { isAdded, threadsOf, type ThreadFacts } from '../threads/thread.ts'

/** Loaded only if there is something to observe. See `preload.ts` for why each module has one place. */
const load = {
  foreignThreads: () => import('../threads/foreign.ts'),
  strays: () => import('../runners/command/orphans.ts'),
  owners: () => import('../threads/leases.ts'),
  opencodeLook: () => import('../runners/opencode/probe.ts'),
  look: () => import('../runners/command/inspect.ts'),
  membership: () => import('../process/membership.ts'),
  identity: () => import('../process/identity.ts'),
  threadCommit: () => import('../threads/write-thread.ts'),
  outcome: () => import('../runners/judge.ts'),
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

/** The same, with the plan that tasks.json was last compared with. */
export async function observeFile(
  tasks: TasksStore,
  stream: StreamPaths,
  now: () => Date,
): Promise<{ threads: ThreadFacts[]; plan: PlanRecord | undefined }> {
  const file = tasks.read()
  const { plan } = file
  const threads = threadsOf(file)
  const running = threads.filter((thread) => thread.status === 'running')
  if (running.length === 0) return { threads, plan }
  const { markForeign } = await load.foreignThreads()
  const ends = new Map<string, End>()
  // In parallel: each look at a server that does not answer takes seconds.
  const look = async (thread: ThreadFacts) => {
    const evidence = await findEnd(thread, stream, now, () => isOwned(thread, stream))
    if (evidence !== undefined) ends.set(thread.id, { evidence, token: thread.sessions.at(-1)?.token })
  }
  await Promise.all(
    markForeign(running, stream).flatMap((thread) => (thread.foreign === undefined ? [look(thread)] : [])),
  )
  // Read again: the file now has what an agent reported up to its end, and another process may already have settled
  // it.
  const latest = tasks.read()
  const settled = ends.size === 0 ? latest : await settleInMemory(latest, ends, now().toISOString())
  return { threads: markForeign(threadsOf(settled), stream), plan: latest.plan }
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
  const { markForeign } = await load.foreignThreads()
  if (markForeign([thread], stream)[0]?.foreign !== undefined) return undefined
  const evidence = await findEnd(thread, stream, now, () => Promise.resolve(false))
  if (evidence === undefined) return undefined
  const record = thread.sessions.at(-1)
  if (record?.runner === 'command') {
    const { endRest } = await load.strays()
    await endRest({ record, root: stream.root }, evidence)
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
  const session = thread.sessions.at(-1)
  const end = session === undefined ? undefined : await seeEnd(session, stream, now)
  if (end === 'alive') return undefined
  if (end !== undefined && end.type !== 'server-lost') return end
  // Not started, or its server is missing: both are about to change while a process owns the thread.
  if (await isBeingRun()) return undefined
  return end ?? { type: 'vanished', at: now().toISOString(), detail: '' }
}

async function isOwned(thread: ThreadFacts, stream: StreamPaths): Promise<boolean> {
  const { ownerOf } = await load.owners()
  return (await ownerOf(stream, thread.id)) !== undefined
}

/** How a session ended; undefined if there is no sign of it at all. */
async function seeEnd(
  session: SessionRecord,
  stream: StreamPaths,
  now: () => Date,
): Promise<Evidence | 'alive' | undefined> {
  if (session.runner === 'opencode') {
    const { seeOpencodeEnd } = await load.opencodeLook()
    return await seeOpencodeEnd(session, stream, now)
  }
  if (session.runner === 'command' && session.log !== undefined) {
    const { lastSignOf, lookAt } = await load.look()
    const { findByToken } = await load.membership()
    const seen = { record: session, root: stream.root }
    const look = lookAt(seen, toIso(lastSignOf(seen)) ?? now().toISOString())
    if (look.type === 'ended') return look.evidence
    return look.type !== 'absent' || findByToken(seen).length > 0 ? 'alive' : undefined
  }
  if (session.process === undefined) return undefined
  const { isAlive } = await load.identity()
  return isAlive(session.process) ? 'alive' : { type: 'vanished', at: now().toISOString(), detail: '' }
}

async function settleInMemory(file: TasksFile, ends: Map<string, End>, now: string): Promise<TasksFile> {
  const { writeThread } = await load.threadCommit()
  for (const thread of threadsOf(file)) {
    const end = ends.get(thread.id)
    const session = thread.sessions.at(-1)
    if (end === undefined || thread.status !== 'running' || session?.token !== end.token) continue
    const outcome = await judgeEnd(thread, end.evidence)
    const context = idleContext(thread.id, thread.sessions)
    const settled = { ...context, ...closed(context, { type: 'ended', outcome }) }
    writeThread(file, settled, settledEnvelope(outcome.status, now))
  }
  return file
}

async function judgeEnd(thread: ThreadFacts, evidence: Evidence): Promise<Outcome> {
  const { judge } = await load.outcome()
  const session = thread.sessions.at(-1)
  return judge({
    evidence,
    tasks: thread.tasks.map((task) => task.status),
    added: session === undefined ? 0 : thread.tasks.filter((task) => isAdded(task, session)).length,
    doneWhen: session?.doneWhen ?? 'tasks',
    cause: causeOf(thread.envelope),
    program: session?.agentName ?? '',
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

/** Enough of an envelope to derive the status; it is never written. */
function settledEnvelope(value: string, savedAt: string): ThreadEnvelope {
  return { machine: 'thread', version: 1, savedAt, snapshot: { value } }
}

function toIso(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString()
}
