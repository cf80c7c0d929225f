import type {
  Advanced,
  Committed,
  Conflict,
  Delivery,
  DeliveryStop,
  MergeResult,
  VerifyResult,
} from './delivery.ts'
import type { Ended, Ending, Outcome, Sighting } from './outcome.ts'
import type { CloneStart, Launch, PlannedSession, SessionRecord, Usage } from './session.ts'
import type { Reason } from './statuses.ts'
import { totalOf } from './usage.ts'

export interface ThreadContext {
  threadId: string
  /** Every session of the thread, oldest first. Stored on the thread's first task, not in the snapshot. */
  sessions: SessionRecord[]
  fallbacks: PlannedSession[]
  /** Why the running session is being ended; null otherwise. `force` kills it without SIGINT and SIGTERM. */
  ending: Ending | null
  /** The outcome of the last session. */
  outcome: Outcome | null
  /** What settled the thread: the end of its session, or the user. `tasks`: from records of earlier versions. */
  settledBy: 'session' | 'user' | 'tasks' | null
  /** How the work of the last completed session gets into the workstream's branch; null as long as there is none. */
  delivery: Delivery | null
}

/** Input of each step of a delivery: the session whose work it is, and what is known so far. */
export interface DeliveryInput extends SessionInput {
  delivery: Delivery
}

/** Input of each effect: the running session as the chart knows it. */
export interface SessionInput {
  threadId: string
  session: SessionRecord
}

type Change = Partial<ThreadContext>

/** The context of a thread without a running session. */
export function idleContext(threadId: string, sessions: SessionRecord[]): ThreadContext {
  return {
    threadId,
    sessions,
    fallbacks: [],
    ending: null,
    outcome: null,
    settledBy: null,
    delivery: null,
  }
}

/** A new session, running from now. */
export function opened(context: ThreadContext, launch: Launch): Change {
  return {
    sessions: [
      ...context.sessions,
      { ...started(launch.session, launch.at), ...usedBefore(context, launch) },
    ],
    fallbacks: launch.fallbacks,
    ending: null,
    outcome: null,
    settledBy: null,
  }
}

/** What the session to resume has used in earlier attempts, if that is known. */
function usedBefore({ sessions }: ThreadContext, { session }: Launch): { usedBefore?: Usage } {
  if (session.mode !== 'resume') return {}
  const known = sessions.flatMap(({ sessionId, usage }) =>
    sessionId === session.sessionId ? (usage ?? []) : [],
  )
  const total = totalOf(known)
  return Object.keys(total).length === 0 ? {} : { usedBefore: total }
}

/** The session of the next model, which begins when the refused one ended. */
export function openedFallback(context: ThreadContext): Change {
  const [session, ...fallbacks] = context.fallbacks
  if (session === undefined || context.outcome === null) return {}
  return opened(context, { session, fallbacks, at: context.outcome.at })
}

/** Closes the running session with the outcome of `sighting`. Any other sighting changes nothing. */
export function closed(context: ThreadContext, sighting: Sighting): Change {
  if (sighting.type !== 'ended') return {}
  const { outcome } = sighting
  const end: Partial<SessionRecord> = {
    ...evidence(outcome),
    status: outcome.status,
    completedAt: outcome.at,
  }
  if (outcome.status !== 'completed') end.reason = outcome.reason
  if (outcome.status === 'failed' && outcome.retryAt !== undefined) end.retryAt = outcome.retryAt
  return {
    sessions: changedLive(context.sessions, end),
    ending: null,
    outcome,
    settledBy: outcome.status === 'completed' ? 'session' : null,
  }
}

/** Stores the process of the running session, and its program's own id, if the sighting names them. */
export function identified(context: ThreadContext, sighting: Sighting): Change {
  if (sighting.type !== 'alive') return {}
  const { process, runnerSessionId } = sighting
  if (process === null && runnerSessionId === undefined) return {}
  return {
    sessions: changedLive(context.sessions, {
      ...(process === null ? {} : { process }),
      ...(runnerSessionId === undefined ? {} : { runnerSessionId }),
    }),
  }
}

/** The running session. The charts ask only in states that have one; without one their actor stops with this error. */
export function liveSession(context: ThreadContext): SessionInput {
  const session = context.sessions.at(-1)
  if (session === undefined) throw new Error(`Thread ${context.threadId} is running without a session.`)
  return { threadId: context.threadId, session }
}

/** The user asked for the end, or `work` did on the user's behalf. */
export function interruption(force: boolean): Ending {
  return { cause: { status: 'interrupted', reason: 'user' }, force }
}

/** The start failed: ends whatever may be running of the session, and the thread has failed. */
export function notStarted(error: unknown): Ending {
  const detail = error instanceof Error ? error.message : String(error)
  return { cause: { status: 'failed', reason: 'spawn', detail }, force: true }
}

/** The user abandons a session of another checkout, or one that can't be seen from here, to start a new one. */
export function givenUp(where: 'elsewhere' | 'unknown'): { status: 'interrupted'; reason: Reason } {
  return { status: 'interrupted', reason: where === 'elsewhere' ? 'elsewhere' : 'lost' }
}

/** The clone could not be prepared: nothing of the session was started. */
export function notPrepared(error: unknown): Ending {
  const detail = error instanceof Error ? error.message : String(error)
  return { cause: { status: 'failed', reason: 'setup', detail }, force: true }
}

/** Stores the state of the running session's clone. */
export function cloned(context: ThreadContext, clone: CloneStart): Change {
  return { sessions: changedLive(context.sessions, { clone }) }
}

/** A delivery begins. A conflict of an earlier one is remembered: what was made of it is checked. */
export function deliveryBegun({ delivery }: ThreadContext): Change {
  const conflict = delivery?.conflict
  return { delivery: conflict === undefined ? {} : { conflict }, settledBy: 'session' }
}

/** The last session and the delivery of its work. */
export function liveDelivery(context: ThreadContext): DeliveryInput {
  return { ...liveSession(context), delivery: context.delivery ?? {} }
}

/** What a step of a delivery found or did. */
export type StepResult = Committed | MergeResult | VerifyResult | Advanced

/** Stores the facts of a step, and why the delivery stops after it, if it does. */
export function stepped(context: ThreadContext, result: StepResult): Change {
  const stopped = stopAfter(result)
  return delivered(context, { ...factsOf(result, context), ...(stopped !== undefined && { stopped }) })
}

function factsOf(result: StepResult, { delivery }: ThreadContext): Partial<Delivery> {
  switch (result.type) {
    case 'committed': {
      const { head, changed, outside, notes } = result
      return {
        head,
        ...(outside.length > 0 && { outside }),
        ...(notes.length > 0 && { notes }),
        // Without changes, nothing is left that could conflict.
        ...(!changed && { conflict: undefined }),
      }
    }
    case 'candidate':
      return { onto: result.onto, candidate: result.candidate, verified: undefined, conflict: undefined }
    case 'merged':
      return { merged: result.commit, conflict: undefined }
    case 'conflict':
      return { onto: result.conflict.onto, conflict: result.conflict }
    case 'green':
    case 'red':
      return { verified: result.verified }
    case 'advanced':
      return { merged: delivery?.candidate }
    case 'none':
    case 'moved':
    case 'unfit':
      return {}
  }
}

/** The delivery ends without a merge. */
export function deliveryStopped(context: ThreadContext, stopped: DeliveryStop): Change {
  return delivered(context, { stopped })
}

/** Why a delivery stops after this result of a step; undefined if it continues. */
export function stopAfter(result: StepResult): DeliveryStop | undefined {
  switch (result.type) {
    case 'unfit':
      return { status: 'failed', reason: 'tree', detail: result.detail }
    case 'conflict':
      return { status: 'failed', reason: 'conflict', detail: describeConflict(result.conflict) }
    case 'red':
      return { status: 'failed', reason: 'verify', detail: result.detail }
    case 'committed':
    case 'candidate':
    case 'merged':
    case 'none':
    case 'green':
    case 'advanced':
    case 'moved':
      return undefined
  }
}

/** `conflict in 2 files with 01.01.01: src/a.ts, src/b.ts` */
function describeConflict({ files }: Conflict): string {
  const others = [...new Set(files.flatMap((file) => file.with))]
  const many = files.length === 1 ? '1 file' : `${files.length} files`
  const who = others.length === 0 ? '' : ` with ${others.join(', ')}`
  return `conflict in ${many}${who}: ${files.map(({ path }) => path).join(', ')}`
}

function delivered({ delivery }: ThreadContext, change: Partial<Delivery>): Change {
  return { delivery: { ...delivery, ...change } }
}

/** The session exceeded its time limit, or did nothing more after its work. */
export function overdue(sighting: Sighting): Ending {
  const why = sighting.type === 'overdue' ? sighting.why : 'timeout'
  const detail = why === 'hung' ? { detail: 'No activity after it reported its last task.' } : {}
  return { cause: { status: 'failed', reason: why, ...detail }, force: false }
}

/** Why the session is being ended. A file that was edited by hand may not contain it. */
export function endingOf(context: ThreadContext): Ending {
  return context.ending ?? interruption(false)
}

function started(session: PlannedSession, startedAt: string): SessionRecord {
  return { ...session, startedAt, status: 'running' }
}

function changedLive(sessions: SessionRecord[], change: Partial<SessionRecord>): SessionRecord[] {
  return sessions.map((session, index) =>
    index === sessions.length - 1 ? { ...session, ...change } : session,
  )
}

function evidence({ exitCode, signal, detail, usage, runnerSessionId }: Ended): Partial<SessionRecord> {
  return {
    ...(runnerSessionId === undefined ? {} : { runnerSessionId }),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(signal === undefined ? {} : { signal }),
    ...(detail === undefined ? {} : { detail }),
    ...(usage === undefined ? {} : { usage }),
  }
}
