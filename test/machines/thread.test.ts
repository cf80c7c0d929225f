import { describe, expect, it } from 'vitest'
import { initialTransition, type AnyEventObject } from 'xstate'
import type { Usage } from '../../machines/session.ts'
import { threadMachine } from '../../machines/thread.ts'
import {
  after,
  alive,
  at,
  complete,
  completed,
  ended,
  endedWith,
  failed,
  interrupt,
  launch,
  limited,
  next,
  outOfReach,
  planned,
  process,
  reconciledWith,
  refused,
  restored,
  resume,
  retry,
  silent,
  start,
  startedWith,
  stopped,
  swap,
  timedOut,
  watchedUntil,
} from './thread-chart.ts'

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

function refusedAfter(usage: Usage) {
  return watchedUntil(ended({ ...refused, usage }))
}

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

  it('of a resume lets the next model count from what the refused one had used', () => {
    const first = { ...launch(1), type: 'START' }
    const resumed = { ...planned(2), sessionId: 'ses_1', mode: 'resume' as const }
    const again = { type: 'RESUME', session: resumed, fallbacks: [{ ...resumed, attempt: 3 }], at: at(6) }
    const { sessions } = after(
      first,
      startedWith(alive),
      refusedAfter({ inputTokens: 10, cost: 1 }),
      again,
      startedWith(alive),
      refusedAfter({ inputTokens: 5, cost: 2 }),
    ).context
    expect(sessions.map(({ usedBefore }) => usedBefore)).toEqual([
      undefined,
      { inputTokens: 10, cost: 1 },
      { inputTokens: 15, cost: 3 },
    ])
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
