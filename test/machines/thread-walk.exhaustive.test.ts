import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { threadStatuses } from '../../machines/statuses.ts'
import { threadMachine } from '../../machines/thread.ts'
import { unreached } from './walk.ts'
import {
  after,
  alive,
  can,
  completed,
  ended,
  next,
  reachable,
  retry,
  runningSessions,
  start,
  startedWith,
  type Thread,
  walk,
  watchedUntil,
  words,
} from './thread-chart.ts'

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
