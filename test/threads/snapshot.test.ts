import { describe, expect, it, vi } from 'vitest'
import { createActor, type AnyActor, type AnyEventObject } from 'xstate'
import type { SessionStatus } from '../../machines/statuses.ts'
import { threadMachine } from '../../machines/thread.ts'
import {
  envelopeOf,
  restoreThread,
  ThreadValue,
  type ThreadActor,
  type ThreadSnapshot,
} from '../../src/threads/snapshot.ts'
import { threadsOf, type ThreadFacts } from '../../src/threads/thread.ts'
import { WorkError } from '../../src/errors.ts'
import { isRecord } from '../../src/store/json/guard.ts'
import type { ThreadEnvelope } from '../../src/store/tasks/schema.ts'
import { asleep, done, routes } from '../machines/walk.ts'
import { runningSession, tasksFile } from '../builders/records.ts'
import { envelope, tasksOf } from '../builders/threads.ts'

const at = '2026-02-03T04:00:00.000Z'
const launch = {
  session: { ...runningSession(), startedAt: undefined, status: undefined },
  fallbacks: [{ ...runningSession({ sessionId: 'ses_10', token: 'token-10', attempt: 2 }) }],
  at,
}
const outcomes = [
  { status: 'completed', at, exitCode: 0, closesTasks: true },
  { status: 'failed', reason: 'exit', at, exitCode: 3, detail: 'no such table', usage: { cost: 1 } },
  { status: 'failed', reason: 'provider', at, retryAt: at },
  { status: 'interrupted', reason: 'signal', at, signal: 'SIGKILL' },
]
const sightings = [
  ...outcomes.map((outcome) => ({ type: 'ended', outcome })),
  { type: 'alive', process: { pid: 7, startTicks: '9', host: 'here', bootId: 'boot' } },
  { type: 'alive', process: null },
  { type: 'absent' },
  { type: 'overdue', why: 'timeout' },
  { type: 'out-of-reach', message: 'It survived SIGKILL.' },
]
const isolated = { cwd: 'work/.trees/001-01.01.01', branch: 'workthread/001-demo/01.01.01', deliver: 'merge' }
const start = { type: 'START', ...launch }
const verification = { at, log: 'work/001-demo/logs/01.01.01/1.verify.log' }
const conflict = { onto: 'o1', files: [{ path: 'a.ts', kind: 'contents', with: ['01.01.02'] }] }
const steps: [string, unknown][] = [
  ['preparing', { base: 'b1', start: 'b1' }],
  [
    'delivering.committing',
    { type: 'committed', head: 'h1', changed: true, outside: ['work/x'], notes: ['n'] },
  ],
  ['delivering.committing', { type: 'unfit', detail: 'The clone is on another branch.' }],
  ['delivering.waiting', undefined],
  ['delivering.merging', { type: 'candidate', onto: 'o1', candidate: 'c1' }],
  ['delivering.merging', { type: 'conflict', conflict }],
  ['delivering.verifying', { type: 'green', verified: { ...verification, code: 0 } }],
  ['delivering.verifying', { type: 'red', verified: { ...verification, code: null }, detail: '1 failed' }],
  ['delivering.advancing', { type: 'advanced' }],
  ['delivering.stopping', undefined],
]
const invoking = ['running.starting', 'running.working', 'running.reconciling', 'running.ending']
const input = { threadId: '01.01.01', sessions: [] }

/** Every state that a thread's chart can reach, each by its shortest route. */
const reachable = routes(threadMachine, {
  input,
  events: [
    start,
    ...[isolated, { deliver: 'verify' }].map((fields) => ({
      ...start,
      session: { ...launch.session, ...fields },
    })),
    { type: 'RETRY', ...launch },
    { type: 'RESTORED' },
    { type: 'DELIVER' },
    { type: 'INTERRUPT', force: false },
    { type: 'INTERRUPT', force: true },
    { type: 'COMPLETE' },
    ...steps.map(([state, output]) => done(threadMachine, `running.${state}`, output)),
    ...invoking.flatMap((state) => sightings.map((sighting) => done(threadMachine, state, sighting))),
  ],
  serialize: ({ value, context }) =>
    JSON.stringify([
      value,
      context.ending?.force,
      context.outcome?.status,
      context.fallbacks?.length,
      context.sessions.at(-1)?.deliver,
      // What each fact holds decides nothing.
      context.delivery?.stopped === undefined ? Object.keys(context.delivery ?? {}).length : 'stopped',
    ]),
})

/** Every state of version 1 of the chart, and the status of the last session in it. */
const versionOne: [ThreadSnapshot['value'], SessionStatus | undefined][] = [
  ['pending', undefined],
  [{ running: 'starting' }, 'running'],
  [{ running: 'working' }, 'running'],
  [{ running: 'reconciling' }, 'running'],
  [{ running: 'ending' }, 'running'],
  [{ running: 'outOfReach' }, 'running'],
  ['completed', 'completed'],
  ['failed', 'failed'],
  ['interrupted', 'interrupted'],
]

describe('the snapshot of a thread', () => {
  it('can be of every state that the chart can rest in, and of no other', () => {
    const values = new Set(reachable.map(({ snapshot }) => JSON.stringify(snapshot.value)))
    const [tops, running, delivering] = ThreadValue.def.options
    const known = [
      ...tops.options,
      ...running.def.shape.running.options.map((state) => ({ running: state })),
      ...delivering.def.shape.running.def.shape.delivering.options.map((state) => ({
        running: { delivering: state },
      })),
    ]
    expect([...values].toSorted()).toEqual(known.map((value) => JSON.stringify(value)).toSorted())
  })

  it.each(
    reachable.map((route) => [
      JSON.stringify(route.snapshot.value),
      route.events.map(({ type }) => type),
      route,
    ]),
  )('in state %s, reached by %j, is the same after a round trip', (_, __, { events }) => {
    const actor = threadAfter(events)
    const saved: ThreadEnvelope = throughJson(envelopeOf(actor.getSnapshot(), at))
    const sessions = throughJson(actor.getSnapshot().context.sessions)
    actor.stop()
    const restored = restoreThread(threadMachine, thread(saved, sessions))
    expect(throughJson(envelopeOf(restored.getSnapshot(), at))).toEqual(saved)
    expect(restored.getSnapshot().context.sessions).toEqual(sessions)
    expect(restored.getSnapshot().children).toEqual({})
  })

  it.each(versionOne)('of version 1 in state %j is used, and gets a delivery', (value, status) => {
    const { context, ...rest } = recordOf(envelope(value).snapshot)
    const { delivery: _, ...kept } = recordOf(context)
    const old = { ...envelope(value), version: 1, snapshot: { ...rest, context: kept } }
    const sessions = status === undefined ? [] : [runningSession({ status })]
    const restored = restoreThread(threadMachine, thread(old, sessions)).getSnapshot()
    expect(restored.value).toEqual(value)
    expect(restored.context).toMatchObject({ delivery: null, sessions })
    expect(envelopeOf(restored, at).version).toBe(2)
  })

  it('of an earlier version keeps the time limit of its session, and drops its deadline by the clock', () => {
    const old = envelope({ running: 'working' }, { timeout: 60_000, deadline: at })
    const { context } = restoreThread(threadMachine, thread(old, [runningSession()])).getSnapshot()
    expect(context.sessions).toMatchObject([{ status: 'running', timeout: 60_000 }])
    expect(context).not.toHaveProperty('timeout')
    expect(context).not.toHaveProperty('deadline')
    const ended = envelope('failed', { timeout: null, deadline: null })
    const before = [runningSession({ status: 'failed' })]
    expect(restoreThread(threadMachine, thread(ended, before)).getSnapshot().context.sessions).toEqual(before)
  })

  it.each([
    ['outcome', { outcome: { ...outcomes[1], reason: 'moon' } }, 'failed', { status: 'failed' }],
    [
      'end',
      { ending: { cause: { status: 'failed', reason: 'moon' }, force: true } },
      { running: 'ending' },
      {},
    ],
  ] as const)('keeps a reason of a later version in its %s, and is used', (_, context, state, fields) => {
    const saved = envelope(state, context)
    const restored = restoreThread(
      threadMachine,
      thread(saved, [runningSession({ reason: 'moon', ...fields })]),
    )
    expect(throughJson(envelopeOf(restored.getSnapshot(), saved.savedAt))).toEqual(saved)
  })

  it('does not repeat the sessions, which the thread’s first task holds', () => {
    const actor = createActor(threadMachine, { input: { ...input, sessions: [runningSession()] } })
    expect(JSON.stringify(envelopeOf(actor.getSnapshot(), at))).not.toContain('ses_9')
  })

  it('starts nothing when it is restored, until RESTORED is sent', () => {
    const started: string[] = []
    const machine = sleeping((actor) => started.push(actor))
    const actor = restoreThread(machine, thread(envelope({ running: 'working' }), [runningSession()]))
    actor.start()
    expect(started).toEqual([])
    actor.send({ type: 'RESTORED' })
    expect(started).toEqual(['reconcileSession'])
    actor.stop()
  })

  it.each([
    ['pending', []],
    ['failed', [runningSession({ status: 'failed' })]],
    ['completed', [runningSession({ status: 'failed' }), runningSession({ status: 'completed' })]],
    [{ running: 'working' }, [runningSession()]],
  ])('is %j for a thread of an old file, by its last session', (value, sessions) => {
    expect(restoreThread(threadMachine, thread(undefined, sessions)).getSnapshot().value).toEqual(value)
  })
})

describe('a snapshot that cannot be used', () => {
  it.each<[string, ThreadEnvelope, string]>([
    ['of another machine', { ...envelope('pending'), machine: 'run' }, 'a machine "run"'],
    ['of a later version', { ...envelope('pending'), version: 99 }, 'version 99'],
    ['of a version before the first', { ...envelope('pending'), version: 0 }, 'expected an object'],
    ['that is null', { ...envelope('pending'), snapshot: null }, 'expected an object'],
    ['that is a text', { ...envelope('pending'), snapshot: 'garbage' }, 'expected an object'],
    ['that is empty', { ...envelope('pending'), snapshot: {} }, 'status: found nothing'],
    ['of a state that was renamed', envelope('waiting'), 'value: found'],
    ['of a state below that was renamed', envelope({ running: 'going' }), 'value: found'],
    ['of a step that no delivery has', envelope({ running: { delivering: 'pushing' } }), 'value: found'],
    ['with a wrong delivery', envelope('failed', { delivery: { head: 7 } }), 'context.delivery'],
    ['of a state that never rests', envelope({ running: 'settling' }), 'value: found'],
    ['of two states at once', envelope({ running: 'working', failed: {} }), 'value: found'],
    [
      'without a field of its context',
      envelope('pending', { settledBy: undefined }),
      'context.settledBy: found nothing',
    ],
    ['with a wrong context', envelope('pending', { ending: 'soon' }), 'context.ending: found "soon"'],
    [
      'with a reason that is no text',
      envelope('failed', { outcome: { ...outcomes[1], reason: 7 } }),
      'a reason',
    ],
    ['of an actor that was stopped', envelope('pending', {}, { status: 'stopped' }), 'status: found'],
    ['of an actor that failed', envelope('pending', {}, { status: 'error' }), 'status: found'],
    ['of another thread', envelope('pending', { threadId: '01.01.02' }), 'thread 01.01.02'],
    ['that runs without a session', envelope({ running: 'working' }), 'its last session is not'],
  ])('%s is refused by name, and nothing dies of it later', async (_, saved, what) => {
    const reported = vi.fn<(error: Error) => void>()
    process.on('uncaughtException', reported)
    const error = thrown(() => restoreThread(threadMachine, thread(saved, [])))
    await new Promise((resolve) => setImmediate(() => setTimeout(resolve, 1)))
    process.off('uncaughtException', reported)
    expect(error).toBeInstanceOf(WorkError)
    expect(error).toMatchObject({ code: 'bad-snapshot', hint: expect.stringContaining('"01.01.01"') })
    expect(String(error)).toContain(what)
    expect(reported).not.toHaveBeenCalled()
  })
})

function thread(saved: ThreadEnvelope | undefined, sessions: ThreadFacts['sessions']): ThreadFacts {
  const [first, ...rest] = tasksOf('01.01.01')
  if (first === undefined) throw new Error('There is no task.')
  const tasks = [sessions.length === 0 ? first : { ...first, sessions }, ...rest]
  const [facts] = threadsOf(tasksFile(tasks, { threads: saved === undefined ? {} : { '01.01.01': saved } }))
  if (facts === undefined) throw new Error('There is no thread.')
  return facts
}

/** A thread that these events have led somewhere, and whose effects never end. */
function threadAfter(events: AnyEventObject[]): ThreadActor {
  const actor = createActor(sleeping(), { input })
  const follower: AnyActor = actor
  actor.start()
  for (const event of events) follower.send(event)
  return actor
}

/** The thread chart with effects that never end and report when they start. */
function sleeping(onStart?: (actor: string) => void): typeof threadMachine {
  return threadMachine.provide({ actors: asleep(threadMachine, onStart).implementations.actors })
}

function recordOf(value: unknown): Record<string, unknown> {
  if (!isRecord(value)) throw new Error('It is no object.')
  return value
}

function throughJson<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value))
}

function thrown(action: () => unknown): unknown {
  try {
    action()
    return undefined
  } catch (error) {
    return error
  }
}
