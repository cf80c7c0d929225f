import { describe, expect, it } from 'vitest'
import { threadMachine } from '../../machines/thread.ts'
import { describeChart } from '../../src/diagram/chart.ts'
import { statesWithin } from '../../src/diagram/edges.ts'
import { partOf, withoutPart } from '../../src/diagram/part.ts'

const whole = describeChart(threadMachine)
const part = { state: 'running.delivering', name: 'delivery' }

describe('a chart without a part', () => {
  const chart = withoutPart(whole, part)
  const state = statesWithin(chart).find(({ id }) => id === part.state)

  it('shows where the part ends, and names its chart', () => {
    expect(state).toMatchObject({ part: 'delivery', type: 'atomic', initial: null, states: [] })
    expect(state?.transitions.map(({ event, targets }) => [event, ...targets])).toEqual([
      ['COMPLETE', 'completed'],
      ['delivery ended', 'failed'],
      ['delivery ended', 'completed'],
      ['delivery ended', 'interrupted'],
    ])
  })

  it('is otherwise the same', () => {
    expect(statesOutside(chart)).toEqual(statesOutside(whole))
    expect(chart.transitions).toEqual(whole.transitions)
  })
})

describe('a part of a chart', () => {
  const chart = partOf(whole, part)

  it('has its states and its events, and ends in the states around it', () => {
    expect(chart).toMatchObject({ name: 'delivery', initial: { target: 'choosing' } })
    expect(chart.states.map(({ id, type }) => [id, type])).toEqual([
      ['completed', 'final'],
      ['failed', 'final'],
      ['interrupted', 'final'],
      ...['choosing', 'committing', 'waiting', 'merging', 'verifying', 'advancing', 'stopping'].map((id) => [
        id,
        'atomic',
      ]),
    ])
    expect(chart.transitions.map(({ event, targets }) => [event, ...targets])).toEqual([
      ['RESTORED', 'choosing'],
      ['INTERRUPT', 'stopping'],
      ['SETTLED'],
      ['COMPLETE', 'completed'],
    ])
  })

  it('leads only to states that it has', () => {
    const ids = statesWithin(chart).map(({ id }) => id)
    const targets = [chart, ...statesWithin(chart)].flatMap(({ transitions }) =>
      transitions.flatMap((transition) => transition.targets),
    )
    expect(targets.filter((target) => !ids.includes(target))).toEqual([])
  })

  it('of a state that is not there is a bug', () => {
    expect(() => partOf(whole, { ...part, state: 'running.moving' })).toThrow('"running.moving"')
  })
})

/** The states that do not belong to the part. */
function statesOutside(of: Parameters<typeof statesWithin>[0]): string[] {
  return statesWithin(of).flatMap(({ id }) => (id.startsWith(part.state) ? [] : [id]))
}
