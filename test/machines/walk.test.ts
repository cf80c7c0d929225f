import { expect, it } from 'vitest'
import { createMachine, setup } from 'xstate'
import { unreached } from './walk.ts'

const serialize = (snapshot: { value: unknown }) => JSON.stringify(snapshot.value)
const events = [{ type: 'GO' }]

it('a walk finds no fault in a chart whose every transition is taken', () => {
  const chart = createMachine({
    id: 'whole',
    initial: 'first',
    states: { first: { on: { GO: 'second' } }, second: { always: 'third' }, third: {} },
  })
  expect(unreached(chart, { events, serialize })).toEqual([])
})

it('a walk names a transition whose guard never passes', () => {
  const chart = setup({ guards: { isNever: () => false } }).createMachine({
    id: 'dead',
    initial: 'first',
    states: {
      first: { on: { GO: [{ guard: 'isNever', target: 'first' }, { target: 'second' }] } },
      second: {},
    },
  })
  expect(unreached(chart, { events, serialize })).toEqual(['dead.first —GO [isNever]→ dead.first'])
})

it('a walk names a transition whose event never occurs, and the states that only it reaches', () => {
  const chart = createMachine({
    id: 'island',
    initial: 'first',
    states: {
      first: { on: { BOAT: 'isle' } },
      isle: { initial: 'hut', states: { hut: { always: 'shed' }, shed: {} } },
    },
  })
  expect(unreached(chart, { events, serialize })).toEqual([
    'island.first —BOAT→ island.isle',
    'island.isle —always→ island.isle.hut',
    'island.isle.hut —always→ island.isle.shed',
    'state island.isle',
    'state island.isle.hut',
    'state island.isle.shed',
  ])
})

it('a walk counts a transition that forbids an event as taken by that event', () => {
  const chart = createMachine({
    id: 'deaf',
    on: { GO: '.second' },
    initial: 'first',
    states: { first: { always: 'second' }, second: { on: { GO: {} } } },
  })
  expect(unreached(chart, { events, serialize })).toEqual(['deaf —GO→ deaf.second'])
})
