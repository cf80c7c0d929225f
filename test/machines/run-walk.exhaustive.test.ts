import { describe, expect, it } from 'vitest'
import { runMachine } from '../../machines/run.ts'
import type { RunInput } from '../../machines/run-context.ts'
import { unreached } from './walk.ts'
import { batch, input, open, play, reachable, settled, stateOf, walk } from './run-chart.ts'

describe('every way through a run', () => {
  it('takes every transition of the chart on some route', () => {
    expect(unreached(runMachine, walk)).toEqual([])
  })

  it('rests in these states', () => {
    const values = new Set(reachable.map(stateOf))
    expect([...values].toSorted()).toEqual([
      'done',
      'forcing',
      'gated',
      'going.gate',
      'going.gating',
      'going.halting',
      'going.lookingAgain',
      'going.running',
      'halted',
      'interrupted',
      'lost',
      'stopping',
    ])
  })

  it('never has more threads running than allowed', () => {
    expect(Math.max(...reachable.map((run) => run.context.live.length))).toBe(2)
  })

  it('keeps all threads of an earlier run running, and starts another when a slot is free', () => {
    const begun = ['01.01.01', '01.01.03', '01.01.04']
    const crowded: RunInput = { parallel: 2, batches: [batch('01.01', 4)], begun }
    const first = play(crowded, open, settled('01.01.01'))
    expect(first.run.context).toMatchObject({ live: ['01.01.03', '01.01.04'], waiting: ['01.01.02'] })
    const second = play(crowded, open, settled('01.01.01'), settled('01.01.04'))
    expect(second.run.context).toMatchObject({ live: ['01.01.03', '01.01.02'], waiting: [] })
  })

  it('leaves no slot free while a thread waits', () => {
    const idle = reachable.filter(({ context }) => context.waiting.length > 0 && context.live.length < 2)
    expect(idle).toEqual([])
  })

  it('has more threads unsettled than allowed to run, as a thread whose work is delivered takes no slot', () => {
    const unsettled = reachable.map(({ context }) => context.live.length + context.delivering.length)
    expect(Math.max(...unsettled)).toBeGreaterThan(2)
  })

  it('never leaves a batch, or looks for its end, while the work of one of its threads is delivered', () => {
    const wrong = reachable.filter((run) => {
      const { current, delivering } = run.context
      const isOver = ['going.lookingAgain', 'going.halting'].includes(stateOf(run))
      const over = input.batches.slice(0, isOver ? current + 1 : current).flatMap(({ threads }) => threads)
      return delivering.some((id) => over.includes(id))
    })
    expect(wrong).toEqual([])
  })

  it('has each thread of a batch in exactly one list', () => {
    for (const { value, context } of reachable.filter((run) => stateOf(run) === 'going.running')) {
      const before = input.batches.slice(0, context.current).flatMap(({ threads }) => threads)
      const present = [...before, ...(input.batches[context.current]?.threads ?? [])]
      const expected = [...new Set([...present, ...(input.begun ?? [])])]
      const settledIds = context.settled.map(({ id }) => id)
      expect({
        value,
        ids: [...settledIds, ...context.live, ...context.delivering, ...context.waiting].toSorted(),
      }).toEqual({
        value,
        ids: expected.toSorted(),
      })
    }
  })

  it('never starts a batch after one that has a thread which did not complete', () => {
    const wrong = reachable.filter(({ context }) => {
      const before = input.batches.slice(0, context.current).flatMap(({ threads }) => threads)
      return context.settled.some(({ id, status }) => before.includes(id) && status !== 'completed')
    })
    expect(wrong).toEqual([])
  })

  it('ends with nothing waiting and nothing running that could be stopped, and reports how it ended', () => {
    const ends = reachable.filter((run) => run.status === 'done')
    expect(ends.length).toBeGreaterThan(0)
    for (const { value, output, context } of ends) {
      expect(output?.end).toBe(value)
      expect(context.waiting).toEqual([])
      const unsettled = [...context.live, ...context.delivering]
      expect(value === 'interrupted' || value === 'lost' || unsettled.length === 0).toBe(true)
    }
  })
})
