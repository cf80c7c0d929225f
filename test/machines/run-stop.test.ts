import { describe, expect, it } from 'vitest'
import type { RunInput } from '../../machines/run-context.ts'
import { batch, can, interrupt, kill, late, open, play, settled, stillOpen, stop } from './run-chart.ts'

describe('an interruption', () => {
  const wide: RunInput = { parallel: 2, batches: [batch('01.01', 3)] }
  const [first, second] = [settled('01.01.01', 'interrupted'), settled('01.01.02', 'interrupted')]

  it('empties the queue, is passed on, and ends the run once nothing is running', () => {
    const stopping = play(wide, open, interrupt)
    expect(stopping.run.value).toBe('stopping')
    expect(stopping.run.context).toMatchObject({ waiting: [], live: ['01.01.01', '01.01.02'] })
    expect(stopping.forces).toEqual([false])
    expect(play(wide, open, interrupt, first).run.value).toBe('stopping')
    const { run, started } = play(wide, open, interrupt, first, second)
    expect(started).toEqual(['01.01.01', '01.01.02'])
    expect(run.output).toMatchObject({ end: 'interrupted', batch: { id: '01.01' } })
    expect(run.output?.settled).toHaveLength(2)
  })

  it('is passed on again, with force, to threads that are slow to end', () => {
    expect(play(wide, open, interrupt, kill).forces).toEqual([false, true])
  })

  it('by force from the beginning leaves what does not end within the time given', () => {
    const { run, forces } = play(wide, open, kill, first, late)
    expect(forces).toEqual([true])
    expect(run).toMatchObject({ output: { end: 'interrupted' }, context: { live: ['01.01.02'] } })
  })

  it('leaves sessions that survive a kill', () => {
    const { run } = play(wide, open, interrupt, kill, first, late)
    expect(run).toMatchObject({ output: { end: 'interrupted' }, context: { live: ['01.01.02'] } })
    expect(run.output?.settled).toHaveLength(1)
  })

  it('waits for sessions that are interrupted without force', () => {
    expect(can(play(wide, open, interrupt).run, late)).toBe(false)
  })

  it('ends the run even when every thread completed in the meantime', () => {
    const { run } = play(wide, open, interrupt, settled('01.01.01'), settled('01.01.02'))
    expect(run.output?.end).toBe('interrupted')
  })

  it('ends the run at once while it looks again', () => {
    const { run } = play(
      wide,
      open,
      settled('01.01.01', 'failed'),
      settled('01.01.02'),
      settled('01.01.03'),
      interrupt,
    )
    expect(run.output?.end).toBe('interrupted')
  })

  it('ends the run at once at a gate', () => {
    const { run, started } = play(wide, interrupt)
    expect(run.output?.end).toBe('interrupted')
    expect(started).toEqual([])
  })
})

describe('stopping some threads', () => {
  const two: RunInput = { parallel: 2, batches: [batch('01.01', 3), batch('01.02', 2)] }

  it('is passed on to those threads, and the others continue', () => {
    const { run, stopped } = play(two, open, stop('01.01.01'))
    expect(stopped).toEqual([{ threadIds: ['01.01.01'], force: false }])
    expect(run.context).toMatchObject({ live: ['01.01.01', '01.01.02'], waiting: ['01.01.03'], settled: [] })
    const after = play(two, open, stop('01.01.01'), settled('01.01.01', 'interrupted'))
    expect(after.started).toContain('01.01.03')
  })

  it('keeps a thread that waits for a slot from starting, and then the run halts after its batch', () => {
    const ends = [settled('01.01.01'), settled('01.01.02')]
    const { run, started } = play(two, open, stop('01.01.03'), ...ends, stillOpen)
    expect(started).toEqual(['01.01.01', '01.01.02'])
    expect(run.output).toMatchObject({ end: 'halted', batch: { id: '01.01' } })
  })

  it('keeps a thread of a later batch from starting, and the batch halts', () => {
    const first = ['01.01.01', '01.01.02', '01.01.03'].map((id) => settled(id))
    const { run, started } = play(two, open, stop('01.02.02'), ...first, open, settled('01.02.01'), stillOpen)
    expect(started).not.toContain('01.02.02')
    expect(run.output).toMatchObject({ end: 'halted', batch: { id: '01.02' } })
  })

  it('leaves a thread that has settled as it settled', () => {
    const { run } = play(two, open, settled('01.01.01'), stop('01.01.01'))
    expect(run.context.settled).toEqual([{ id: '01.01.01', status: 'completed' }])
  })

  it('with force reaches a thread that the run is already interrupting', () => {
    const { stopped } = play(two, open, interrupt, { ...stop('01.01.02'), force: true })
    expect(stopped).toEqual([{ threadIds: ['01.01.02'], force: true }])
  })
})
