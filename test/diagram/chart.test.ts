import { describe, expect, it } from 'vitest'
import { assign, createMachine, fromPromise, setup, type AnyStateMachine } from 'xstate'
import { threadMachine } from '../../machines/thread.ts'
import { describeChart, type ChartState } from '../../src/diagram/chart.ts'
import { charts } from '../../src/diagram/charts.ts'
import { statesWithin } from '../../src/diagram/edges.ts'

describe('a chart that runs', () => {
  it.each(Object.entries(charts))('has a name for all that %s does, and its own', (name, describe_) => {
    expect(describe_().name).toBe(name)
  })

  it('has nested states, actors, guards, actions and reasons', () => {
    const thread = describeChart(threadMachine)
    expect(thread).toMatchObject({ name: 'thread', initial: { target: 'pending', actions: [] } })
    expect(stateOf(thread, 'running')).toMatchObject({
      type: 'compound',
      initial: { target: 'running.opening' },
      transitions: [
        { event: 'RESTORED', targets: ['running.reconciling'], actions: [] },
        { event: 'SETTLED', targets: ['running.settling'], actions: ['settleUnsupervised'] },
        { event: 'INTERRUPT', targets: ['running.ending'], actions: ['markEnding'] },
      ],
    })
    expect(stateOf(thread, 'running.working')).toMatchObject({
      actors: ['watchSession'],
      transitions: [
        { event: 'watchSession done', guard: 'isOverdue', targets: ['running.ending'] },
        { event: 'watchSession done', guard: 'isOutOfReach', targets: ['running.outOfReach'] },
        { event: 'watchSession done', guard: null, targets: ['running.settling'] },
      ],
    })
    expect(stateOf(thread, 'running.ending').transitions).toMatchObject([
      { event: 'INTERRUPT', guard: 'isMoreForceful', targets: ['running.ending'], reenter: true },
      { event: 'INTERRUPT', guard: null, targets: [], actions: [] },
      { event: 'endSession done', guard: 'isOutOfReach', targets: ['running.outOfReach'] },
      { event: 'endSession done', guard: null, targets: ['running.settling'] },
    ])
    expect(stateOf(thread, 'running.settling').transitions).toMatchObject([
      { event: null, guard: 'isCompletedToDeliver', targets: ['running.delivering'] },
      { event: null, guard: 'isCompleted', targets: ['completed'] },
      { event: null, guard: 'isRefusedByProvider' },
      { event: null, guard: 'isFailed' },
      { event: null, guard: null },
    ])
    expect(stateOf(thread, 'interrupted').reasons).toContain('user')
  })
})

describe('any chart', () => {
  it('has words for the events that are XState’s own', () => {
    const chart = describeChart(
      setup({
        actors: { fetchAll: fromPromise(async () => 1) },
        actions: { note: () => undefined },
        delays: { patience: 5 },
      }).createMachine({
        id: 'own',
        initial: 'busy',
        on: { '*': { actions: 'note' }, 'xstate.done.actor.fetcher': { actions: 'note' } },
        states: {
          busy: {
            entry: 'note',
            exit: ['note', { type: 'note' }],
            initial: 'inner',
            invoke: { id: 'fetcher', src: 'fetchAll', onError: 'late', onSnapshot: { actions: 'note' } },
            after: { 1000: 'late', patience: { target: 'late' } },
            onDone: 'late',
            states: { inner: { always: 'end' }, end: { type: 'final' } },
          },
          late: { type: 'final' },
        },
      }),
    )
    expect(events(chart)).toEqual(['any other event', 'fetchAll done'])
    const busy = stateOf(chart, 'busy')
    expect(new Set(events(busy))).toEqual(
      new Set(['after 1000 ms', 'after patience', 'busy done', 'fetchAll changed', 'fetchAll failed']),
    )
    // The timers of `after` are no actions of the author.
    expect(busy).toMatchObject({ entry: ['note'], exit: ['note', 'note'], actors: ['fetchAll'] })
    expect(stateOf(chart, 'late').type).toBe('final')
  })

  it('names a state by its place, whatever id it was given', () => {
    const chart = describeChart(
      createMachine({
        id: 'ids',
        initial: 'a',
        states: { a: { on: { GO: '#other' } }, b: { initial: 'c', states: { c: { id: 'other' } } } },
      }),
    )
    expect(stateOf(chart, 'a').transitions[0]?.targets).toEqual(['b.c'])
  })

  it.each<[string, AnyStateMachine]>([
    ['an action', createMachine({ id: 'bare', entry: () => undefined })],
    ['an action', createMachine({ id: 'bare', on: { GO: { actions: assign({}) } } })],
    ['a guard', createMachine({ id: 'bare', on: { GO: { guard: () => true, actions: 'note' } } })],
    ['an actor', createMachine({ id: 'bare', invoke: { src: fromPromise(async () => 1) } })],
  ])('is refused when it has %s without a name', (what, machine) => {
    expect(() => describeChart(machine)).toThrow(`bare has ${what} without a name. Name it in setup().`)
  })
})

function events({ transitions }: Pick<ChartState, 'transitions'>): (string | null)[] {
  return transitions.map(({ event }) => event)
}

function stateOf(chart: { states: ChartState[] }, id: string): ChartState {
  const found = statesWithin(chart).find((state) => state.id === id)
  if (found === undefined) throw new Error(`There is no state ${id}.`)
  return found
}
