import {
  initialTransition,
  transition,
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type SnapshotFrom,
} from 'xstate'
import type { Outcome, Sighting } from '../../machines/outcome.ts'
import type { Advanced, Committed, Conflict, MergeResult, VerifyResult } from '../../machines/delivery.ts'
import type { Launch, PlannedSession, ProcessIdentity } from '../../machines/session.ts'
import { threadMachine } from '../../machines/thread.ts'
import { done, routes, thrown } from './walk.ts'

export type Thread = SnapshotFrom<typeof threadMachine>

export const input = { threadId: '01.01.01', sessions: [] }
export const process: ProcessIdentity = { pid: 7, startTicks: '99', host: 'here', bootId: 'boot' }

export const completed: Outcome = { status: 'completed', at: at(10), exitCode: 0 }
export const failed: Outcome = {
  status: 'failed',
  reason: 'exit',
  at: at(10),
  exitCode: 3,
  detail: 'no such file',
}
export const refused: Outcome = { status: 'failed', reason: 'provider', at: at(5) }
export const limited: Outcome = { status: 'failed', reason: 'rate-limit', at: at(5), retryAt: at(50) }
export const timedOut: Outcome = { status: 'failed', reason: 'timeout', at: at(10), signal: 'SIGTERM' }
export const stopped: Outcome = { status: 'interrupted', reason: 'user', at: at(10), signal: 'SIGINT' }

const outcomes: Record<string, Outcome> = { completed, failed, refused, limited, timedOut, stopped }
export const alive: Sighting = { type: 'alive', process }
export const silent: Sighting = { type: 'alive', process: null }
export const absent: Sighting = { type: 'absent' }
export const overdue: Sighting = { type: 'overdue', why: 'timeout' }
export const outOfReach: Sighting = { type: 'out-of-reach', message: 'It survived SIGKILL.' }

export const start = { type: 'START', ...launch(1) }
export const resume = { type: 'RESUME', ...launch(2, { at: at(100) }) }
export const retry = { type: 'RETRY', ...launch(2, { at: at(100) }) }
export const swap = { type: 'SWAP', ...launch(2, { at: at(100), agentName: 'other' }) }
export const restored = { type: 'RESTORED' }
export const interrupt = { type: 'INTERRUPT', force: false }
export const kill = { type: 'INTERRUPT', force: true }
export const complete = { type: 'COMPLETE' }
export const deliver = { type: 'DELIVER' }

/** Sessions in a clone, whose work is merged; and sessions in the main tree, whose work is verified. */
const isolated = {
  cwd: 'work/.trees/001-01.01.01',
  branch: 'workthread/001-x/01.01.01',
  deliver: 'merge',
} as const
const verified = { deliver: 'verify' } as const
type Kind = Partial<PlannedSession>
const kinds: Kind[] = [{}, isolated, verified]

const committed: Committed = { type: 'committed', head: 'h1', changed: true, outside: [], notes: [] }
export const unchanged: Committed = { ...committed, changed: false }
const unfit = { type: 'unfit', detail: 'The clone is on another branch.' } as const
export const candidate: MergeResult = { type: 'candidate', onto: 'o1', candidate: 'c1' }
export const inBranch: MergeResult = { type: 'merged', commit: 'm1' }
const conflict: Conflict = {
  onto: 'o1',
  files: [{ path: 'src/a.ts', kind: 'contents', with: ['01.01.02'] }],
}
const conflicting: MergeResult = { type: 'conflict', conflict }
const verification = { at: at(20), log: 'work/001-x/logs/01.01.01/1.verify.log' }
const green: VerifyResult = { type: 'green', verified: { ...verification, code: 0 } }
const red: VerifyResult = {
  type: 'red',
  verified: { ...verification, code: 1 },
  detail: '1 test failed',
}
const advanced: Advanced = { type: 'advanced' }

const steps: [string, readonly unknown[]][] = [
  ['committing', [committed, unchanged, unfit]],
  ['waiting', [undefined]],
  ['merging', [candidate, inBranch, conflicting, unfit]],
  ['verifying', [{ type: 'none' }, green, red, unfit]],
  ['advancing', [advanced, { type: 'moved' }, unfit]],
  ['stopping', [undefined]],
]

/** The events of the user and the engine; those of the actors are in `ends`. */
export const words = {
  START: kinds.flatMap((kind) =>
    [0, 2].map((fallbacks) => ({ type: 'START', ...launch(1, { fallbacks, kind }) })),
  ),
  RESUME: [resume],
  RETRY: [retry],
  SWAP: [swap],
  DELIVER: [deliver],
  RESTORED: [restored],
  INTERRUPT: [interrupt, kill],
  COMPLETE: [complete],
  SETTLED: Object.values(outcomes).map((outcome) => ({ type: 'SETTLED', outcome })),
}

/** Every end of every step of a delivery. */
export const stepEnds = steps.flatMap(([state, outputs]) => [
  ...outputs.map((output) => stepEnded(state, output)),
  stepThrew(state, 'fatal: bad object'),
])

const prepared = done(threadMachine, 'running.preparing', { base: 'b1', start: 'b1' })

const settlements = Object.values(outcomes).map(ended)
const ends = [
  ...[alive, silent, absent, overdue, ...settlements].map(startedWith),
  ...[alive, silent, absent, overdue, outOfReach, ...settlements].map(reconciledWith),
  // `watchSession` promises to return nothing else; see the test of a watch that ends early.
  ...[overdue, outOfReach, ...settlements].map(watchedUntil),
  ...[outOfReach, ...settlements].map(endedWith),
  startThrew('no such program'),
  prepared,
  prepareThrew('no space left on device'),
  ...stepEnds,
]

export const walk = {
  input,
  // A thread that is started again works as it did before.
  events: (snapshot: AnyMachineSnapshot) => [
    ...Object.values(words)
      .flat()
      .map((event) => ofKind(event, threadOf(snapshot))),
    ...ends,
  ],
  serialize: ({ value, context }: Pick<Thread, 'value' | 'context'>) =>
    JSON.stringify({
      value,
      ending: context.ending?.force,
      status: context.outcome?.status,
      reason: context.outcome?.status === 'failed' ? context.outcome.reason : null,
      fallbacks: context.fallbacks.length,
      // No guard reads these two; the laws below are about them.
      kind: context.sessions.at(-1)?.deliver,
      delivery: [context.delivery?.head, context.delivery?.merged, context.delivery?.conflict?.onto],
      stopped: context.delivery?.stopped?.reason,
      settledBy: context.settledBy,
      last: context.sessions.at(-1)?.status,
      running: runningSessions(context).length,
    }),
}

export const reachable = routes(threadMachine, walk).map(({ events, snapshot }) => ({
  events,
  thread: threadOf(snapshot),
}))

/** ISO time, so many seconds after the beginning. */
export function at(seconds: number): string {
  return new Date(Date.UTC(2026, 0, 1, 0, 0, seconds)).toISOString()
}

export function planned(attempt: number, agentName = 'default'): PlannedSession {
  return {
    sessionId: `ses_${attempt}`,
    agentName,
    model: `p/model-${attempt}`,
    attempt,
    token: `t${attempt}`,
  }
}

export function launch(
  attempt: number,
  options: { at?: string; agentName?: string; fallbacks?: number; kind?: Kind } = {},
): Launch {
  const { at: from = at(0), agentName = 'default', fallbacks = 0, kind } = options
  const further = Array.from({ length: fallbacks }, (_, index) => ({
    ...planned(attempt + index + 1, agentName),
    ...kind,
  }))
  return { session: { ...planned(attempt, agentName), ...kind }, fallbacks: further, at: from }
}

export function ended(outcome: Outcome): Sighting {
  return { type: 'ended', outcome }
}

export function startedWith(sighting: Sighting): AnyEventObject {
  return done(threadMachine, 'running.starting', sighting)
}

export function startThrew(message: string): AnyEventObject {
  return thrown(threadMachine, 'running.starting', new Error(message))
}

export function watchedUntil(sighting: Sighting): AnyEventObject {
  return done(threadMachine, 'running.working', sighting)
}

export function reconciledWith(sighting: Sighting): AnyEventObject {
  return done(threadMachine, 'running.reconciling', sighting)
}

export function endedWith(sighting: Sighting): AnyEventObject {
  return done(threadMachine, 'running.ending', sighting)
}

export function stepEnded(state: string, output: unknown): AnyEventObject {
  return done(threadMachine, `running.delivering.${state}`, output)
}

function stepThrew(state: string, message: string): AnyEventObject {
  return thrown(threadMachine, `running.delivering.${state}`, new Error(message))
}

function prepareThrew(message: string): AnyEventObject {
  return thrown(threadMachine, 'running.preparing', new Error(message))
}

/** The same event, with a session that works as the last one of the thread did. */
function ofKind(event: AnyEventObject, { context }: Thread): AnyEventObject {
  if (!('session' in event) || event.type === 'START') return event
  const { branch, deliver: then } = context.sessions.at(-1) ?? {}
  const kind = branch !== undefined ? isolated : then === undefined ? {} : verified
  return { ...event, session: { ...planned(2), ...event['session'], ...kind } }
}

/** The thread after these events, all of which it must accept. */
export function after(...events: AnyEventObject[]): Thread {
  const [fresh] = initialTransition(threadMachine, input)
  return events.reduce<Thread>(next, fresh)
}

export function next(thread: Thread, event: AnyEventObject): Thread {
  if (!can(thread, event)) throw new Error(`${JSON.stringify(thread.value)} does not take ${event.type}.`)
  const machine: AnyStateMachine = threadMachine
  return threadOf(transition(machine, thread, event)[0])
}

export function can(thread: Thread, event: AnyEventObject): boolean {
  const snapshot: SnapshotFrom<AnyStateMachine> = thread
  return snapshot.can(event)
}

export function threadOf(snapshot: SnapshotFrom<AnyStateMachine>): Thread {
  return snapshot
}

export function runningSessions({ sessions }: Thread['context']) {
  return sessions.filter((session) => session.status === 'running')
}
