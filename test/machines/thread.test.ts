import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import {
  createActor,
  initialTransition,
  transition,
  type AnyEventObject,
  type AnyStateMachine,
  type Snapshot,
  type SnapshotFrom,
} from 'xstate'
import type { EndCause, Outcome, Sighting } from '../../machines/outcome.ts'
import type { Launch, PlannedSession, ProcessIdentity } from '../../machines/session.ts'
import { threadStatuses } from '../../machines/statuses.ts'
import { threadMachine } from '../../machines/thread.ts'
import { asleep, done, follow, routes, thrown, unreached } from './walk.ts'

type Thread = SnapshotFrom<typeof threadMachine>

const input = { threadId: '01.01.01', sessions: [] }
const process: ProcessIdentity = { pid: 7, startTicks: '99', host: 'here', bootId: 'boot' }

const completed: Outcome = { status: 'completed', at: at(10), exitCode: 0 }
const failed: Outcome = { status: 'failed', reason: 'exit', at: at(10), exitCode: 3, detail: 'no such file' }
const refused: Outcome = { status: 'failed', reason: 'provider', at: at(5) }
const limited: Outcome = { status: 'failed', reason: 'rate-limit', at: at(5), retryAt: at(50) }
const timedOut: Outcome = { status: 'failed', reason: 'timeout', at: at(10), signal: 'SIGTERM' }
const stopped: Outcome = { status: 'interrupted', reason: 'user', at: at(10), signal: 'SIGINT' }

const outcomes: Record<string, Outcome> = { completed, failed, refused, limited, timedOut, stopped }
const alive: Sighting = { type: 'alive', process }
const silent: Sighting = { type: 'alive', process: null }
const absent: Sighting = { type: 'absent' }
const overdue: Sighting = { type: 'overdue', why: 'timeout' }
const outOfReach: Sighting = { type: 'out-of-reach', message: 'It survived SIGKILL.' }

const start = { type: 'START', ...launch(1) }
const resume = { type: 'RESUME', ...launch(2, { at: at(100) }) }
const retry = { type: 'RETRY', ...launch(2, { at: at(100) }) }
const swap = { type: 'SWAP', ...launch(2, { at: at(100), agentName: 'other' }) }
const restored = { type: 'RESTORED' }
const interrupt = { type: 'INTERRUPT', force: false }
const kill = { type: 'INTERRUPT', force: true }
const complete = { type: 'COMPLETE' }

/** The events of the user and the engine; those of the actors are in `ends`. */
const words = {
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

const walk = {
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

const reachable = routes(threadMachine, walk).map(({ events, snapshot }) => ({
  events,
  thread: threadOf(snapshot),
}))

describe('every way through a thread', () => {
  it('takes every transition of the chart on some route', () => {
    expect(unreached(threadMachine, walk)).toEqual([])
  })

  it('rests in these states, which the schema of tasks.json knows by name', () => {
    const values = new Set(reachable.map(({ thread }) => JSON.stringify(thread.value)))
    expect([...values].toSorted()).toEqual(states.map(([value]) => JSON.stringify(value)).toSorted())
  })

  it('calls its top-level states as the statuses are called', () => {
    expect(Object.keys(threadMachine.states)).toEqual([...threadStatuses])
  })

  it('has one running session, the last, exactly while the thread is running', () => {
    const offenders = reachable.filter(({ thread }) => {
      const expected = thread.matches('running') ? [thread.context.sessions.at(-1)] : []
      return !isDeepStrictEqual(runningSessions(thread.context), expected)
    })
    expect(offenders).toEqual([])
  })

  it('records when and how every ended session ended', () => {
    for (const { thread } of reachable) {
      for (const session of thread.context.sessions) {
        expect(session.completedAt !== undefined).toBe(session.status !== 'running')
        expect(session.reason !== undefined).toBe(['failed', 'interrupted'].includes(session.status))
      }
    }
  })

  it('is being ended only while it runs', () => {
    const ending = reachable.filter(({ thread }) => thread.context.ending !== null)
    expect(ending.map(({ thread }) => thread.matches('running'))).not.toContain(false)
  })
})

/** Each state that a thread rests in, and the events that it accepts there. */
const states: [Thread['value'], (keyof typeof words)[]][] = [
  ['pending', ['START', 'COMPLETE']],
  [{ running: 'starting' }, ['RESTORED', 'INTERRUPT', 'SETTLED']],
  [{ running: 'working' }, ['RESTORED', 'INTERRUPT', 'SETTLED']],
  [{ running: 'reconciling' }, ['RESTORED', 'INTERRUPT', 'SETTLED']],
  [{ running: 'ending' }, ['RESTORED', 'INTERRUPT', 'SETTLED']],
  [{ running: 'outOfReach' }, ['RESTORED', 'INTERRUPT', 'SETTLED']],
  ['completed', ['RETRY', 'COMPLETE']],
  ['failed', ['RESUME', 'RETRY', 'SWAP', 'COMPLETE']],
  ['interrupted', ['RESUME', 'RETRY', 'SWAP', 'COMPLETE']],
]

describe('the events that a thread accepts', () => {
  it.each(states)('%j accepts only %j', (value, taken) => {
    const here = reachable.filter(({ thread }) => JSON.stringify(thread.value) === JSON.stringify(value))
    const possible = Object.entries(words)
      .filter(([, events]) => here.some(({ thread }) => events.some((event) => can(thread, event))))
      .map(([word]) => word)
    expect(possible).toEqual(taken)
  })

  it('accepts no unknown event in any state', () => {
    expect(reachable.filter(({ thread }) => can(thread, { type: 'PAUSE' }))).toEqual([])
  })

  it('runs a completed thread again when it is retried', () => {
    const thread = after(start, startedWith(alive), watchedUntil(ended(completed)))
    expect(next(thread, retry).value).toEqual({ running: 'starting' })
  })
})

describe('a new session', () => {
  it('is opened by START as planned, and is running from then', () => {
    const { context } = after(start)
    expect(context.sessions).toEqual([{ ...planned(1), status: 'running', startedAt: at(0) }])
  })

  it('is recorded with its process, at the start and after a restart', () => {
    expect(after(start, startedWith(alive)).context.sessions[0]?.process).toEqual(process)
    expect(after(start, restored, reconciledWith(alive)).context.sessions[0]?.process).toEqual(process)
  })

  it('keeps its process if a later look does not name one', () => {
    const thread = after(start, startedWith(alive), restored, reconciledWith(silent))
    expect(thread.context.sessions[0]?.process).toEqual(process)
  })

  it.each([
    ['completed', completed, { status: 'completed', completedAt: at(10), exitCode: 0 }],
    ['failed', failed, { status: 'failed', completedAt: at(10), exitCode: 3, reason: 'exit' }],
    ['failed', limited, { status: 'failed', completedAt: at(5), reason: 'rate-limit', retryAt: at(50) }],
    [
      'interrupted',
      stopped,
      { status: 'interrupted', completedAt: at(10), signal: 'SIGINT', reason: 'user' },
    ],
  ] as const)('leaves the thread %s and says how it ended', (status, outcome, recorded) => {
    const { value, context } = after(start, startedWith(alive), watchedUntil(ended(outcome)))
    expect(value).toBe(status)
    expect(context.sessions).toMatchObject([recorded])
    expect(context).toMatchObject({ outcome, ending: null })
  })

  it.each([
    ['RESUME', resume],
    ['RETRY', retry],
    ['SWAP', swap],
  ])("is added by %s after the existing sessions, which don't change", (_, again) => {
    for (const outcome of [failed, stopped]) {
      const before = after(start, startedWith(alive), watchedUntil(ended(outcome)))
      const { value, context } = next(before, again)
      expect(value).toEqual({ running: 'starting' })
      expect(context.sessions.slice(0, -1)).toEqual(before.context.sessions)
      expect(context.sessions.at(-1)).toMatchObject({ attempt: 2, status: 'running', startedAt: at(100) })
      expect(context).toMatchObject({ outcome: null, ending: null, settledBy: null })
    }
  })

  it('is added after the sessions that the thread already had', () => {
    const old = { ...planned(1), status: 'failed', startedAt: at(0), completedAt: at(1) } as const
    const [fresh] = initialTransition(threadMachine, { threadId: '01.01.01', sessions: [old] })
    expect(fresh.value).toBe('pending')
    const attempts = next(fresh, { ...start, ...launch(2) }).context.sessions
    expect(attempts.map(({ attempt, status }) => [attempt, status])).toEqual([
      [1, 'failed'],
      [2, 'running'],
    ])
  })
})

describe('a refusal of the provider', () => {
  const withModels = { type: 'START', ...launch(1, { fallbacks: 2 }) }
  const refusal = [startedWith(alive), watchedUntil(ended(refused))]

  it('opens the next model as a session of its own, which begins where the refused one ended', () => {
    const { value, context } = after(withModels, ...refusal)
    expect(value).toEqual({ running: 'starting' })
    expect(context.sessions).toMatchObject([
      { model: 'p/model-1', status: 'failed', reason: 'provider', completedAt: at(5) },
      { ...planned(2), status: 'running', startedAt: at(5) },
    ])
    expect(context.fallbacks.map(({ model }) => model)).toEqual(['p/model-3'])
    expect(context).toMatchObject({ outcome: null })
  })

  it('fails the thread once no model is left', () => {
    const { value, context } = after(withModels, ...refusal, ...refusal, ...refusal)
    expect(value).toBe('failed')
    expect(context.sessions.map(({ model, status }) => [model, status])).toEqual([
      ['p/model-1', 'failed'],
      ['p/model-2', 'failed'],
      ['p/model-3', 'failed'],
    ])
  })

  it('fails a thread that has no other model', () => {
    expect(after(start, ...refusal).value).toBe('failed')
  })

  it('opens the next model also when it is found after a restart', () => {
    const { value, context } = after(withModels, restored, reconciledWith(ended(refused)))
    expect(value).toEqual({ running: 'starting' })
    expect(context.sessions).toHaveLength(2)
  })

  it.each([failed, limited, timedOut])('differs from other failures: $reason tries no other model', (why) => {
    const { value, context } = after(withModels, startedWith(alive), watchedUntil(ended(why)))
    expect(value).toBe('failed')
    expect(context.sessions).toHaveLength(1)
  })

  it('tries no other model once the thread is being ended', () => {
    const { value } = after(withModels, startedWith(alive), interrupt, endedWith(ended(refused)))
    expect(value).toBe('failed')
  })
})

describe('the end before its time', () => {
  const running: [string, AnyEventObject[]][] = [
    ['starting', [start]],
    ['working', [start, startedWith(alive)]],
    ['reconciling', [start, restored]],
  ]

  it.each(running)('of a thread that is %s leads through ending to interrupted', (_, events) => {
    const ending = after(...events, interrupt)
    expect(ending.value).toEqual({ running: 'ending' })
    expect(ending.context.ending).toEqual({ cause: { status: 'interrupted', reason: 'user' }, force: false })
    const settled = next(ending, endedWith(ended(stopped)))
    expect(settled.value).toBe('interrupted')
    expect(settled.context).toMatchObject({ ending: null, outcome: stopped, settledBy: null })
  })

  it('completes a thread whose session completed while it was being ended', () => {
    const { value } = after(start, startedWith(alive), interrupt, endedWith(ended(completed)))
    expect(value).toBe('completed')
  })

  it('comes when the session is overdue, and is then a failure', () => {
    const ending = after(start, startedWith(alive), watchedUntil(overdue))
    expect(ending.value).toEqual({ running: 'ending' })
    expect(ending.context.ending).toEqual({ cause: { status: 'failed', reason: 'timeout' }, force: false })
    expect(next(ending, endedWith(ended(timedOut)))).toMatchObject({
      value: 'failed',
      context: { sessions: [{ status: 'failed', reason: 'timeout', signal: 'SIGTERM' }] },
    })
  })

  it('comes immediately if the start threw, and keeps the error', () => {
    const ending = after(start, startThrew('no such program'))
    expect(ending.value).toEqual({ running: 'ending' })
    const cause: EndCause = { status: 'failed', reason: 'spawn', detail: 'no such program' }
    expect(ending.context.ending).toEqual({ cause, force: true })
  })

  it('is tried again with force', () => {
    expect(endings([start, interrupt, kill])).toBe(2)
  })

  it('is tried again only once, however often force is requested', () => {
    expect(endings([start, interrupt, kill, kill, kill])).toBe(2)
  })

  it('is not tried again without force', () => {
    expect(endings([start, interrupt, interrupt])).toBe(1)
  })

  it('keeps its force after a later request without force', () => {
    expect(live(start, kill, interrupt).context.ending?.force).toBe(true)
  })

  it('stays a timeout if the user also interrupts it', () => {
    const { ending } = live(start, startedWith(alive), watchedUntil(overdue), interrupt).context
    expect(ending?.cause.reason).toBe('timeout')
  })
})

describe('a restored thread', () => {
  const before: [string, AnyEventObject[]][] = [
    ['starting', [start]],
    ['working', [start, startedWith(alive)]],
    ['reconciling', [start, restored]],
    ['ending', [start, startedWith(alive), interrupt]],
  ]

  it.each(before)('that was %s is reconciled first', (_, events) => {
    expect(after(...events, restored).value).toEqual({ running: 'reconciling' })
  })

  it.each(before)('that was %s settles a session that has ended since', (_, events) => {
    const { value, context } = after(...events, restored, reconciledWith(ended(completed)))
    expect(value).toBe('completed')
    expect(context).toMatchObject({ settledBy: 'session', sessions: [{ status: 'completed' }] })
  })

  const awaited = before.filter(([state]) => state !== 'ending')

  it.each(awaited)('that was %s watches a running session', (_, events) => {
    expect(after(...events, restored, reconciledWith(alive)).value).toEqual({ running: 'working' })
  })

  it.each(awaited)('that was %s starts a session that was never started', (_, events) => {
    const { value, context } = after(...events, restored, reconciledWith(absent))
    expect(value).toEqual({ running: 'starting' })
    expect(context.sessions).toHaveLength(1)
  })

  it('that was ending continues to end a running session', () => {
    for (const sighting of [alive, overdue]) {
      const { value, context } = after(start, startedWith(alive), kill, restored, reconciledWith(sighting))
      expect(value).toEqual({ running: 'ending' })
      expect(context.ending?.force).toBe(true)
    }
  })

  it('that was ending does not start a session that was never started', () => {
    const { value } = after(start, interrupt, restored, reconciledWith(absent))
    expect(value).not.toEqual({ running: 'starting' })
  })

  it('starts nothing, whatever state it was saved in, when its children are dropped', () => {
    for (const { events, thread } of reachable) {
      const restart = startedOnRestore(events, { dropChildren: true })
      expect(restart.started).toEqual([])
      expect(restart.value).toEqual(thread.value)
    }
  })

  it('would start its actor again with the children that were saved', () => {
    expect(startedOnRestore([start], { dropChildren: false }).started).toEqual(['startSession'])
  })

  it('resumes its work with RESTORED, which starts one reconciliation', () => {
    const started = startedOnRestore([start, startedWith(alive)], { dropChildren: true, event: restored })
    expect(started).toEqual({ started: ['reconcileSession'], value: { running: 'reconciling' } })
  })
})

describe('completion by the user', () => {
  const settled: [string, AnyEventObject[]][] = [
    ['pending', []],
    ['failed', [start, startedWith(alive), watchedUntil(ended(failed))]],
    ['interrupted', [start, startedWith(alive), watchedUntil(ended(stopped))]],
    ['completed', [start, startedWith(alive), watchedUntil(ended(completed))]],
  ]

  it.each(settled)('completes a thread that is %s, and changes no session', (_, events) => {
    const before = after(...events)
    const { value, context } = next(before, complete)
    expect(value).toBe('completed')
    expect(context).toMatchObject({ settledBy: 'user', sessions: before.context.sessions })
  })
})

describe('a session that ended while nobody supervised it', () => {
  const running: [string, AnyEventObject[]][] = [
    ['starting', [start]],
    ['working', [start, startedWith(alive)]],
    ['being ended', [start, startedWith(alive), interrupt]],
    ['out of reach', [start, startedWith(alive), interrupt, endedWith(outOfReach)]],
  ]

  it.each(running)('settles a thread that was %s, and starts nothing', (_, events) => {
    for (const outcome of [completed, failed, stopped]) {
      const { value, context } = next(after(...events), { type: 'SETTLED', outcome })
      expect(value).toBe(outcome.status)
      expect(context).toMatchObject({ outcome, ending: null, sessions: [{ status: outcome.status }] })
    }
  })

  it('is not followed by another model, though a provider refused it', () => {
    const thread = after({ type: 'START', ...launch(1, { fallbacks: 2 }) }, startedWith(alive))
    const { value, context } = next(thread, { type: 'SETTLED', outcome: refused })
    expect(value).toBe('failed')
    expect(context).toMatchObject({ fallbacks: [], sessions: [{ reason: 'provider' }] })
  })
})

describe('a session that can neither be watched nor ended', () => {
  it.each([
    ['watched', [start, startedWith(alive), watchedUntil(outOfReach)]],
    ['ended', [start, startedWith(alive), kill, endedWith(outOfReach)]],
    ['found again', [start, startedWith(alive), restored, reconciledWith(outOfReach)]],
  ])('when it is to be %s, leaves its thread running out of reach', (_, events) => {
    const thread = after(...events)
    expect(thread.value).toEqual({ running: 'outOfReach' })
    expect(thread.context.sessions).toMatchObject([{ status: 'running' }])
    expect(next(thread, restored).value).toEqual({ running: 'reconciling' })
    expect(next(thread, kill).value).toEqual({ running: 'ending' })
  })
})

/** ISO time, so many seconds after the beginning. */
function at(seconds: number): string {
  return new Date(Date.UTC(2026, 0, 1, 0, 0, seconds)).toISOString()
}

function planned(attempt: number, agentName = 'default'): PlannedSession {
  return {
    sessionId: `ses_${attempt}`,
    agentName,
    model: `p/model-${attempt}`,
    attempt,
    token: `t${attempt}`,
  }
}

function launch(
  attempt: number,
  options: { at?: string; agentName?: string; fallbacks?: number } = {},
): Launch {
  const { at: from = at(0), agentName = 'default', fallbacks = 0 } = options
  const further = Array.from({ length: fallbacks }, (_, index) => planned(attempt + index + 1, agentName))
  return { session: planned(attempt, agentName), fallbacks: further, at: from }
}

function ended(outcome: Outcome): Sighting {
  return { type: 'ended', outcome }
}

function startedWith(sighting: Sighting): AnyEventObject {
  return done(threadMachine, 'running.starting', sighting)
}

function startThrew(message: string): AnyEventObject {
  return thrown(threadMachine, 'running.starting', new Error(message))
}

function watchedUntil(sighting: Sighting): AnyEventObject {
  return done(threadMachine, 'running.working', sighting)
}

function reconciledWith(sighting: Sighting): AnyEventObject {
  return done(threadMachine, 'running.reconciling', sighting)
}

function endedWith(sighting: Sighting): AnyEventObject {
  return done(threadMachine, 'running.ending', sighting)
}

/** The thread after these events, all of which it must accept. */
function after(...events: AnyEventObject[]): Thread {
  const [fresh] = initialTransition(threadMachine, input)
  return events.reduce<Thread>(next, fresh)
}

function next(thread: Thread, event: AnyEventObject): Thread {
  if (!can(thread, event)) throw new Error(`${JSON.stringify(thread.value)} does not take ${event.type}.`)
  const machine: AnyStateMachine = threadMachine
  return threadOf(transition(machine, thread, event)[0])
}

/** A running thread after these events, ignoring those that it does not accept. */
function live(...events: AnyEventObject[]): Thread {
  const actor = follow(asleep(threadMachine), events, { input })
  const thread = threadOf(actor.getSnapshot())
  actor.stop()
  return thread
}

function can(thread: Thread, event: AnyEventObject): boolean {
  const snapshot: SnapshotFrom<AnyStateMachine> = thread
  return snapshot.can(event)
}

function threadOf(snapshot: SnapshotFrom<AnyStateMachine>): Thread {
  return snapshot
}

function runningSessions({ sessions }: Thread['context']) {
  return sessions.filter((session) => session.status === 'running')
}

/** How often the effect that ends a session is started. */
function endings(events: AnyEventObject[]): number {
  const started: string[] = []
  follow(
    asleep(threadMachine, (actor) => started.push(actor)),
    events,
    { input },
  ).stop()
  return started.filter((actor) => actor === 'endSession').length
}

/** Which effects start when a thread is saved after these events, and restored. */
function startedOnRestore(
  events: AnyEventObject[],
  options: { dropChildren: boolean; event?: AnyEventObject },
) {
  const running = follow(asleep(threadMachine), events, { input })
  const saved: Snapshot<unknown> & { children: object } = JSON.parse(
    JSON.stringify(running.getPersistedSnapshot()),
  )
  running.stop()
  const started: string[] = []
  const machine = asleep(threadMachine, (actor) => started.push(actor))
  const snapshot = options.dropChildren ? { ...saved, children: {} } : saved
  const restart = createActor(machine, { input, snapshot })
  restart.start()
  if (options.event !== undefined) restart.send(options.event)
  const { value } = restart.getSnapshot()
  restart.stop()
  return { started, value }
}
