import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { deliverySteps } from '../../machines/delivery.ts'
import { threadStatuses } from '../../machines/statuses.ts'
import { threadMachine } from '../../machines/thread.ts'
import { unreached } from './walk.ts'
import {
  after,
  alive,
  can,
  candidate,
  completed,
  deliver,
  ended,
  inBranch,
  interrupt,
  next,
  reachable,
  restored,
  retry,
  runningSessions,
  start,
  startedWith,
  stepEnded,
  stepEnds,
  unchanged,
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

  it('has one running session, the last, exactly while the thread is running and not delivered', () => {
    const offenders = reachable.filter(({ thread }) => {
      const expected = isAtWork(thread) ? [thread.context.sessions.at(-1)] : []
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

describe('every way through a delivery', () => {
  const isolatedOnes = reachable.filter(({ thread }) => isIsolated(thread))

  it('completes an isolated thread only when its work is merged, unchanged or settled by the user', () => {
    const over = isolatedOnes.filter(({ thread }) => thread.matches('completed'))
    const offenders = over.filter(({ thread: { context }, events }) => {
      const isUnchanged = isDeepStrictEqual(events.at(-1), stepEnded('committing', unchanged))
      return context.delivery?.merged === undefined && !isUnchanged && context.settledBy !== 'user'
    })
    expect(offenders).toEqual([])
    expect(new Set(over.map(({ thread }) => thread.context.delivery?.merged))).toEqual(
      new Set([undefined, 'm1', 'c1']),
    )
  })

  it('delivers no session that works in the main tree without verify commands', () => {
    const plain = reachable.filter(({ thread }) => thread.context.sessions.at(-1)?.deliver === undefined)
    expect(plain.filter(({ thread }) => thread.context.delivery !== null)).toEqual([])
  })

  it('only verifies the work of a thread in the main tree', () => {
    const states = reachable
      .filter(({ thread }) => thread.context.sessions.at(-1)?.deliver === 'verify' && !isAtWork(thread))
      .map(({ thread }) => JSON.stringify(thread.value))
    expect([...new Set(states)].toSorted()).toEqual([
      '"completed"',
      '"failed"',
      '"interrupted"',
      '{"running":{"delivering":"stopping"}}',
      '{"running":{"delivering":"verifying"}}',
    ])
  })

  it('loses no commit when it stops, and says why it stopped', () => {
    for (const { thread } of reachable.filter(({ thread: { value } }) => isDelivering(value))) {
      for (const event of stepEnds) {
        if (!can(thread, event)) continue
        const then = next(thread, event)
        if (isDelivering(then.value)) continue
        const { delivery } = then.context
        expect(delivery?.head).toBe(thread.context.delivery?.head ?? headOf(event))
        expect(delivery?.stopped?.status ?? 'completed').toBe(then.value)
      }
    }
  })

  it('forgets a conflict only when the work can be merged, or is gone', () => {
    const withConflict = reachable.filter(
      ({ thread: { context } }) => context.delivery?.conflict !== undefined,
    )
    expect(withConflict.length).toBeGreaterThan(0)
    for (const { thread } of withConflict) {
      for (const event of [...stepEnds, ...Object.values(words).flat()]) {
        if (!can(thread, event)) continue
        const { delivery } = next(thread, event).context
        const isGone = [unchanged, candidate, inBranch].some((result) =>
          isDeepStrictEqual(outputOf(event), result),
        )
        expect(delivery?.conflict === undefined).toBe(isGone)
      }
    }
  })

  it('ends as interrupted when it is interrupted in any step, and can begin again', () => {
    for (const { thread } of reachable.filter(({ thread: { value } }) => isDelivering(value))) {
      const stopping = can(thread, interrupt) ? next(thread, interrupt) : thread
      expect(stopping.value).toEqual({ running: { delivering: 'stopping' } })
      const { value, context } = next(stopping, stepEnded('stopping', undefined))
      expect(value).toBe('interrupted')
      expect(context.delivery?.stopped).toEqual({ status: 'interrupted', reason: 'user' })
      const again = next(next(stopping, stepEnded('stopping', undefined)), deliver)
      expect(again.value).toEqual(beginOf(thread))
      expect(again.context.delivery?.stopped).toBeUndefined()
    }
  })

  it('begins with its first step again when it is restored, unless it was stopping', () => {
    for (const { thread } of reachable.filter(({ thread: { value } }) => isDelivering(value))) {
      const isStopping = isDeepStrictEqual(thread.value, { running: { delivering: 'stopping' } })
      expect(next(thread, restored).value).toEqual(isStopping ? thread.value : beginOf(thread))
    }
  })

  it('is not changed by news about its session, which has ended', () => {
    for (const { thread } of reachable.filter(({ thread: { value } }) => isDelivering(value))) {
      expect(words.SETTLED.filter((event) => can(thread, event))).toEqual([])
    }
  })

  it('prepares the clone of each session of an isolated thread before its program starts', () => {
    const offenders = isolatedOnes.filter(
      ({ thread }) =>
        thread.matches({ running: 'starting' }) && thread.context.sessions.at(-1)?.clone === undefined,
    )
    expect(offenders).toEqual([])
  })
})

function isIsolated({ context }: Thread): boolean {
  return context.sessions.at(-1)?.branch !== undefined
}

function isDelivering(value: Thread['value']): boolean {
  return typeof value === 'object' && typeof value.running === 'object'
}

/** Whether a session of the thread is open. */
function isAtWork(thread: Thread): boolean {
  return thread.matches('running') && !isDelivering(thread.value)
}

/** The first step of a delivery. */
function beginOf(thread: Thread): Thread['value'] {
  return { running: { delivering: isIsolated(thread) ? 'committing' : 'verifying' } }
}

function outputOf(event: object): unknown {
  return 'output' in event ? event.output : undefined
}

function headOf(event: object): unknown {
  const output = outputOf(event)
  return typeof output === 'object' && output !== null && 'head' in output ? output.head : undefined
}

/** Each state that a thread rests in, and the events that it accepts there. */
const states: [Thread['value'], (keyof typeof words)[]][] = [
  ['pending', ['START', 'COMPLETE']],
  [{ running: 'preparing' }, ['RESTORED', 'INTERRUPT', 'SETTLED']],
  [{ running: 'starting' }, ['RESTORED', 'INTERRUPT', 'SETTLED']],
  [{ running: 'working' }, ['RESTORED', 'INTERRUPT', 'SETTLED']],
  [{ running: 'reconciling' }, ['RESTORED', 'INTERRUPT', 'SETTLED']],
  [{ running: 'ending' }, ['RESTORED', 'INTERRUPT', 'SETTLED']],
  [{ running: 'outOfReach' }, ['RESTORED', 'INTERRUPT', 'SETTLED']],
  ...deliverySteps.map((step): [Thread['value'], (keyof typeof words)[]] => [
    { running: { delivering: step } },
    step === 'stopping' ? ['RESTORED', 'COMPLETE'] : ['RESTORED', 'INTERRUPT', 'COMPLETE'],
  ]),
  ['completed', ['RESUME', 'RETRY', 'COMPLETE']],
  ['failed', ['RESUME', 'RETRY', 'SWAP', 'DELIVER', 'COMPLETE']],
  ['interrupted', ['RESUME', 'RETRY', 'SWAP', 'DELIVER', 'COMPLETE']],
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
