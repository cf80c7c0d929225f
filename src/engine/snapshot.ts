import { createActor, type Actor, type InspectionEvent } from 'xstate'
import * as z from 'zod/mini'
import type { SessionRecord } from '../../machines/session.ts'
import { reasons } from '../../machines/statuses.ts'
import { idleContext, type ThreadContext } from '../../machines/thread-context.ts'
import type { threadMachine } from '../../machines/thread.ts'
import { WorkError } from '../errors.ts'
import { describeIssue, describeValue } from '../store/issues.ts'
import { outsideField } from '../store/tasks-text.ts'
import { isDamaged } from '../store/tasks-damage.ts'
import { SessionRecord as StoredSession, type ThreadEnvelope } from '../store/tasks-schema.ts'
import type { ThreadFacts } from './thread-facts.ts'

/** Raised when the chart changes so that an old snapshot no longer fits; `migrations` then leads on from the old one. */
const currentVersion = 1

/** By version: makes a snapshot of that version one of the next. */
const migrations: Record<number, (snapshot: unknown) => unknown> = {}

/** Every state that a thread's chart can rest in. A test compares them with those that the chart can reach. */
export const ThreadValue = z.union(
  [
    z.enum(['pending', 'completed', 'failed', 'interrupted']),
    z.strictObject({ running: z.enum(['starting', 'working', 'reconciling', 'ending']) }),
  ],
  'a state that a thread can rest in',
)

const Cause = z.object({
  status: z.enum(['interrupted', 'failed']),
  reason: z.enum(reasons),
  detail: z.optional(z.string()),
})

const Usage = z.object({
  inputTokens: z.optional(z.number()),
  outputTokens: z.optional(z.number()),
  cost: z.optional(z.number()),
})

const ended = {
  at: z.string(),
  exitCode: z.optional(z.number()),
  signal: z.optional(z.string()),
  detail: z.optional(z.string()),
  usage: z.optional(Usage),
  closesTasks: z.optional(z.boolean()),
}

const Outcome = z.discriminatedUnion('status', [
  z.object({ ...ended, status: z.literal('completed') }),
  z.object({
    ...ended,
    status: z.literal('failed'),
    reason: z.enum(reasons),
    retryAt: z.optional(z.string()),
  }),
  z.object({ ...ended, status: z.literal('interrupted'), reason: z.enum(reasons) }),
])

const PersistedSnapshot = z.object({
  status: z.literal('active'),
  value: ThreadValue,
  context: z.strictObject({
    threadId: z.string(),
    fallbacks: z.array(z.omit(StoredSession, { startedAt: true, completedAt: true, status: true })),
    /** Of earlier versions, which did not record it with the session. */
    timeout: z.optional(z.nullable(z.number())),
    /** Of earlier versions, which went by the clock. */
    deadline: z.optional(z.nullable(z.string())),
    ending: z.nullable(z.object({ cause: Cause, force: z.boolean() })),
    outcome: z.nullable(Outcome),
    settledBy: z.nullable(z.enum(['session', 'user', 'tasks'])),
  }),
})

export type ThreadActor = Actor<typeof threadMachine>

/**
 * The actor of a thread as tasks.json has it, not yet started; `machine` is the chart with its actors provided. It
 * starts nothing by itself: a running thread has to be sent `RESTORED`. Throws a `WorkError` (`bad-snapshot`) for a
 * snapshot that can't be used; the file stays as it is.
 */
export function restoreThread(
  machine: typeof threadMachine,
  thread: ThreadFacts,
  inspect?: (event: InspectionEvent) => void,
): ThreadActor {
  const { value, context } = readSnapshot(thread)
  const snapshot = machine.resolveState({ value, context })
  const actor = createActor(machine, {
    snapshot,
    input: { threadId: thread.id, sessions: thread.sessions },
    ...(inspect === undefined ? {} : { inspect }),
  })
  const { status, error } = actor.getSnapshot()
  if (status === 'active') return actor
  throw badSnapshot(thread, `its chart ends up in status "${status}"`, error)
}

/** Throws a `WorkError` (`bad-snapshot`) when a thread could not be restored; the file stays as it is. */
export function requireSnapshot(thread: ThreadFacts): void {
  readSnapshot(thread)
}

/** What is kept of an actor: its persisted snapshot without children, and without the sessions, which the tasks hold. */
export function envelopeOf(actor: ThreadActor, savedAt: string): ThreadEnvelope {
  const { status, value, context } = actor.getSnapshot()
  const { sessions: _, ...kept } = context
  return { machine: 'thread', version: currentVersion, savedAt, snapshot: { status, value, context: kept } }
}

function readSnapshot(thread: ThreadFacts): { value: z.infer<typeof ThreadValue>; context: ThreadContext } {
  const { envelope, sessions } = thread
  if (envelope === undefined) return snapshotBefore(thread)
  if (isDamaged(envelope)) throw badSnapshot(thread, `found ${describeValue(envelope.snapshot)}`)
  if (envelope.machine !== 'thread') throw badSnapshot(thread, `it is of a machine "${envelope.machine}"`)
  const snapshot = migrate(thread, envelope)
  const parsed = PersistedSnapshot.safeParse(snapshot)
  if (!parsed.success) throw badSnapshot(thread, describeIssue(parsed.error, snapshot).text, parsed.error)
  const { value, context } = parsed.data
  const outside = context.fallbacks.findIndex((session) => outsideField(session) !== undefined)
  if (outside !== -1) {
    throw badSnapshot(thread, `context.fallbacks[${outside}] names a path that is not inside the repository`)
  }
  if (context.threadId !== thread.id) throw badSnapshot(thread, `it is of thread ${context.threadId}`)
  if (typeof value === 'object' && sessions.at(-1)?.status !== 'running') {
    throw badSnapshot(thread, 'it is of a running thread, and of its sessions none runs last')
  }
  const { timeout, deadline: _, ...kept } = context
  return { value, context: { ...kept, sessions: withTimeout(sessions, timeout ?? undefined) } }
}

/** The sessions of a thread, of which the running one is limited as an earlier version recorded it in the snapshot. */
function withTimeout(sessions: SessionRecord[], timeout: number | undefined): SessionRecord[] {
  const last = sessions.at(-1)
  if (timeout === undefined || last?.status !== 'running') return sessions
  return [...sessions.slice(0, -1), { timeout, ...last }]
}

function migrate(thread: ThreadFacts, { version, snapshot }: ThreadEnvelope): unknown {
  if (version > currentVersion) {
    throw badSnapshot(thread, `it is of version ${version}, and this work knows up to ${currentVersion}`)
  }
  let migrated = snapshot
  for (let from = version; from < currentVersion; from += 1) migrated = migrations[from]?.(migrated)
  return migrated
}

/** A thread that never had a chart: files of version 1 tell by its sessions where it stands. */
function snapshotBefore({ id, sessions, status }: ThreadFacts) {
  return {
    value: status === 'running' ? ({ running: 'working' } as const) : status,
    context: idleContext(id, sessions),
  }
}

function badSnapshot(thread: ThreadFacts, what: string, cause?: unknown): WorkError {
  return new WorkError(`The snapshot of thread ${thread.id} in tasks.json can't be used: ${what}.`, {
    code: 'bad-snapshot',
    hint: `Restore the file from git, or remove "${thread.id}" below "threads" to go by its sessions alone.`,
    cause,
  })
}
