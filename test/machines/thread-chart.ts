import {
  initialTransition,
  transition,
  type AnyEventObject,
  type AnyStateMachine,
  type SnapshotFrom,
} from 'xstate'
import type { Outcome, Sighting } from '../../machines/outcome.ts'
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

/** The events of the user and the engine; those of the actors are in `ends`. */
export const words = {
  START: [start, { type: 'START', ...launch(1, { fallbacks: 2 }) }],
  RESUME: [resume],
  RETRY: [retry],
  SWAP: [swap],
  RESTORED: [restored],
  INTERRUPT: [interrupt, kill],
  COMPLETE: [complete],
  SETTLED: Object.values(outcomes).map((outcome) => ({ type: 'SETTLED', outcome })),
}

const settlements = Object.values(outcomes).map(ended)
const ends = [
  ...[alive, silent, absent, overdue, ...settlements].map(startedWith),
  ...[alive, silent, absent, overdue, outOfReach, ...settlements].map(reconciledWith),
  // `watchSession` promises to return nothing else; see the test of a watch that ends early.
  ...[overdue, outOfReach, ...settlements].map(watchedUntil),
  ...[outOfReach, ...settlements].map(endedWith),
  startThrew('no such program'),
]

export const walk = {
  input,
  events: [...Object.values(words).flat(), ...ends],
  serialize: ({ value, context }: Pick<Thread, 'value' | 'context'>) =>
    JSON.stringify({
      value,
      ending: context.ending?.force,
      status: context.outcome?.status,
      reason: context.outcome?.status === 'failed' ? context.outcome.reason : null,
      fallbacks: context.fallbacks.length,
      // No guard reads these two; the laws below are about them.
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
  options: { at?: string; agentName?: string; fallbacks?: number } = {},
): Launch {
  const { at: from = at(0), agentName = 'default', fallbacks = 0 } = options
  const further = Array.from({ length: fallbacks }, (_, index) => planned(attempt + index + 1, agentName))
  return { session: planned(attempt, agentName), fallbacks: further, at: from }
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
