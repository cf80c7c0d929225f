import { createActor, type Actor, type InspectionEvent, type SnapshotFrom } from 'xstate'
import * as z from 'zod/mini'
import { deliverySteps } from '../../machines/delivery.ts'
import type { SessionRecord } from '../../machines/session.ts'
import { idleContext, type ThreadContext } from '../../machines/thread-context.ts'
import type { threadMachine } from '../../machines/thread.ts'
import { WorkError } from '../errors.ts'
import { isRecord } from '../store/json/guard.ts'
import { describeIssue, describeValue } from '../store/json/issues.ts'
import { outsideField } from '../store/tasks/serialize.ts'
import { isDamaged } from '../store/tasks/quarantine.ts'
import { StoredDelivery, StoredReason, StoredSession, type ThreadEnvelope } from '../store/tasks/schema.ts'
import type { ThreadFacts } from './thread.ts'

/** Increased when the chart changes so that old snapshots no longer fit; `migrations` then converts them. */
const currentVersion = 2

/** By version: converts a snapshot of that version to the next. */
const migrations: Record<number, (snapshot: unknown) => unknown> = { 1: withoutDelivery }

/** Version 1 knew no delivery. */
function withoutDelivery(snapshot: unknown): unknown {
  if (!isRecord(snapshot) || !isRecord(snapshot['context'])) return snapshot
  return { ...snapshot, context: { ...snapshot['context'], delivery: null } }
}

/** Every state that a thread's chart can rest in. A test compares them with the states that the chart can reach. */
export const ThreadValue = z.union(
  [
    z.enum(['pending', 'completed', 'failed', 'interrupted']),
    z.strictObject({
      running: z.enum(['preparing', 'starting', 'working', 'reconciling', 'ending', 'outOfReach']),
    }),
    z.strictObject({ running: z.strictObject({ delivering: z.enum(deliverySteps) }) }),
  ],
  'a valid state of a thread',
)

const Cause = z.object({
  status: z.enum(['interrupted', 'failed']),
  reason: StoredReason,
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
    reason: StoredReason,
    retryAt: z.optional(z.string()),
  }),
  z.object({ ...ended, status: z.literal('interrupted'), reason: StoredReason }),
])

const PersistedSnapshot = z.object({
  status: z.literal('active'),
  value: ThreadValue,
  context: z.strictObject({
    threadId: z.string(),
    fallbacks: z.array(z.omit(StoredSession, { startedAt: true, completedAt: true, status: true })),
    /** From earlier versions, which did not record it with the session. */
    timeout: z.optional(z.nullable(z.number())),
    /** From earlier versions, which used the clock. */
    deadline: z.optional(z.nullable(z.string())),
    ending: z.nullable(z.object({ cause: Cause, force: z.boolean() })),
    outcome: z.nullable(Outcome),
    settledBy: z.nullable(z.enum(['session', 'user', 'tasks'])),
    delivery: z.nullable(StoredDelivery),
  }),
})

export type ThreadActor = Actor<typeof threadMachine>

/**
 * The actor of a thread as recorded in tasks.json, not yet started; `machine` is the chart with its actors provided.
 * It starts nothing by itself: a running thread must be sent `RESTORED`. Throws a `WorkError` (`bad-snapshot`) for a
 * snapshot that can't be used; the file stays unchanged.
 */
export function restoreThread(
  machine: typeof threadMachine,
  thread: ThreadFacts,
  inspect?: (event: InspectionEvent) => void,
): ThreadActor {
  const snapshot = snapshotOf(machine, thread)
  const actor = createActor(machine, {
    snapshot,
    input: { threadId: thread.id, sessions: thread.sessions },
    ...(inspect === undefined ? {} : { inspect }),
  })
  const { status, error } = actor.getSnapshot()
  if (status === 'active') return actor
  throw badSnapshot(thread, `its chart has the status "${status}"`, error)
}

/** Throws a `WorkError` (`bad-snapshot`) if a thread can't be restored; the file stays unchanged. */
export function requireSnapshot(thread: ThreadFacts): void {
  readSnapshot(thread)
}

export type ThreadSnapshot = SnapshotFrom<typeof threadMachine>

/**
 * What is saved of a thread: its persisted snapshot without children, and without the sessions, which are saved with
 * the tasks.
 */
export function envelopeOf({ status, value, context }: ThreadSnapshot, savedAt: string): ThreadEnvelope {
  const { sessions: _, ...kept } = context
  return { machine: 'thread', version: currentVersion, savedAt, snapshot: { status, value, context: kept } }
}

/** The snapshot of a thread as recorded. Throws a `WorkError` (`bad-snapshot`) if it can't be used. */
export function snapshotOf(machine: typeof threadMachine, thread: ThreadFacts): ThreadSnapshot {
  return machine.resolveState(readSnapshot(thread))
}

function readSnapshot(thread: ThreadFacts): { value: z.infer<typeof ThreadValue>; context: ThreadContext } {
  const { envelope, sessions } = thread
  if (envelope === undefined) return snapshotBefore(thread)
  if (isDamaged(envelope)) throw badSnapshot(thread, `found ${describeValue(envelope.snapshot)}`)
  if (envelope.machine !== 'thread')
    throw badSnapshot(thread, `it belongs to a machine "${envelope.machine}"`)
  const snapshot = migrate(thread, envelope)
  const parsed = PersistedSnapshot.safeParse(snapshot)
  if (!parsed.success) throw badSnapshot(thread, describeIssue(parsed.error, snapshot).text, parsed.error)
  const { value, context } = parsed.data
  const outside = context.fallbacks.findIndex((session) => outsideField(session) !== undefined)
  if (outside !== -1) {
    throw badSnapshot(thread, `context.fallbacks[${outside}] has a path outside the repository`)
  }
  if (context.threadId !== thread.id) throw badSnapshot(thread, `it belongs to thread ${context.threadId}`)
  const isSessionOver = sessions.at(-1)?.status !== 'running'
  if (typeof value === 'object' && typeof value.running === 'string' && isSessionOver) {
    throw badSnapshot(thread, 'the thread is marked running but its last session is not')
  }
  const { timeout, deadline: _, ...kept } = context
  return { value, context: { ...kept, sessions: withTimeout(sessions, timeout ?? undefined) } }
}

/** The sessions of a thread. The running one gets the time limit that an earlier version recorded in the snapshot. */
function withTimeout(sessions: SessionRecord[], timeout: number | undefined): SessionRecord[] {
  const last = sessions.at(-1)
  if (timeout === undefined || last?.status !== 'running') return sessions
  return [...sessions.slice(0, -1), { timeout, ...last }]
}

function migrate(thread: ThreadFacts, { version, snapshot }: ThreadEnvelope): unknown {
  if (version > currentVersion) {
    throw badSnapshot(thread, `it has version ${version}, but this work supports up to ${currentVersion}`)
  }
  let migrated = snapshot
  for (let from = version; from < currentVersion; from += 1) migrated = migrations[from]?.(migrated)
  return migrated
}

/** A thread that never had a chart: in files of version 1 its sessions determine its state. */
function snapshotBefore({ id, sessions, status }: ThreadFacts) {
  return {
    value: status === 'running' ? ({ running: 'working' } as const) : status,
    context: idleContext(id, sessions),
  }
}

function badSnapshot(thread: ThreadFacts, what: string, cause?: unknown): WorkError {
  return new WorkError(`The snapshot of thread ${thread.id} in tasks.json can't be used: ${what}.`, {
    code: 'bad-snapshot',
    hint: `Restore the file from git, or remove "${thread.id}" from "threads" to use its sessions alone.`,
    cause,
  })
}
