import { describe, expect, it } from 'vitest'
import type { RunInput } from '../../machines/run-context.ts'
import {
  batch,
  can,
  completed,
  interrupt,
  open,
  play,
  reachable,
  settled,
  shut,
  stateOf,
  stillOpen,
  worked,
} from './run-chart.ts'

describe('the threads of a batch', () => {
  const wide: RunInput = { parallel: 2, batches: [batch('01.01', 4)] }

  it('start in order, up to the allowed number', () => {
    const { run, started } = play(wide, open)
    expect(run.context).toMatchObject({ live: ['01.01.01', '01.01.02'], waiting: ['01.01.03', '01.01.04'] })
    expect(started).toEqual(['01.01.01', '01.01.02'])
  })

  it('follow first in, first out, as slots become free', () => {
    const order = ['01.01.02', '01.01.03', '01.01.01']
    const { run, started } = play(wide, open, ...order.map((id) => settled(id)))
    expect(started).toEqual(['01.01.01', '01.01.02', '01.01.03', '01.01.04'])
    expect(run.context.live).toEqual(['01.01.04'])
  })

  it('start when the agent of another has completed, while its work is still delivered', () => {
    const { run, started } = play(wide, open, worked('01.01.02'))
    expect(started).toEqual(['01.01.01', '01.01.02', '01.01.03'])
    expect(run.context).toMatchObject({ live: ['01.01.01', '01.01.03'], delivering: ['01.01.02'] })
    const settledOne = play(wide, open, worked('01.01.02'), settled('01.01.02', 'failed'))
    expect(settledOne.run.context).toMatchObject({ live: ['01.01.01', '01.01.03'], delivering: [] })
  })

  it('are over only when the work of the last is delivered', () => {
    const all = wide.batches[0]?.threads ?? []
    const agents = all.map(worked)
    const quiet = play({ ...wide, parallel: 4 }, open, ...agents)
    expect(stateOf(quiet.run)).toBe('going.running')
    expect(quiet.run.context).toMatchObject({ live: [], delivering: all })
    const { run } = play({ ...wide, parallel: 4 }, open, ...agents, ...all.map((id) => settled(id)))
    expect(run.value).toBe('done')
  })

  it('that are delivered are waited for when the run is stopped', () => {
    const stopping = play({ ...wide, parallel: 4 }, open, worked('01.01.01'), interrupt)
    expect(stateOf(stopping.run)).toBe('stopping')
    const rest = (wide.batches[0]?.threads ?? []).slice(1).map((id) => settled(id, 'interrupted'))
    const left = play({ ...wide, parallel: 4 }, open, worked('01.01.01'), interrupt, ...rest)
    expect(stateOf(left.run)).toBe('stopping')
    const over = play(
      { ...wide, parallel: 4 },
      open,
      worked('01.01.01'),
      interrupt,
      ...rest,
      settled('01.01.01', 'interrupted'),
    )
    expect(over.run.value).toBe('interrupted')
  })

  it('free their slot only once', () => {
    const { run } = play(wide, open, worked('01.01.01'))
    expect(can(run, worked('01.01.01'))).toBe(false)
    expect(can(run, worked('01.01.04'))).toBe(false)
  })

  it('all start if there are enough slots', () => {
    const { run } = play({ ...wide, parallel: 9 }, open)
    expect(run.context).toMatchObject({ live: wide.batches[0]?.threads, waiting: [] })
  })

  it.each(['failed', 'interrupted', 'running'] as const)(
    'all run although one has %s; then the run halts',
    (status) => {
      const rest = ['01.01.02', '01.01.03', '01.01.04']
      const early = play(wide, open, settled('01.01.01', status), settled('01.01.02'))
      expect(stateOf(early.run)).toBe('going.running')
      expect(early.started).toContain('01.01.04')
      const { run } = play(
        wide,
        open,
        settled('01.01.01', status),
        ...rest.map((id) => settled(id)),
        stillOpen,
      )
      expect(run.value).toBe('halted')
      expect(run.output).toEqual({
        end: 'halted',
        batch: wide.batches[0],
        settled: [{ id: '01.01.01', status }, ...rest.map((id) => ({ id, status: 'completed' }))],
      })
    },
  )

  it('count as completed if others completed them in the meantime, and the run continues', () => {
    const two: RunInput = { parallel: 2, batches: [batch('01.01', 2), batch('01.02', 1)] }
    const failed = [open, settled('01.01.02', 'failed'), settled('01.01.01')]
    expect(play(two, ...failed).asked).toEqual([['01.01.02']])
    const { run, started } = play(two, ...failed, completed, open, settled('01.02.01'))
    expect(started).toContain('01.02.01')
    expect(run.output).toEqual({
      end: 'done',
      batch: null,
      settled: ['01.01.02', '01.01.01', '01.02.01'].map((id) => ({ id, status: 'completed' })),
    })
  })

  it('settle only while they are running', () => {
    expect(can(play(wide, open).run, settled('01.01.04'))).toBe(false)
    expect(can(play(wide, open, settled('01.01.01')).run, settled('01.01.01'))).toBe(false)
    expect(can(play(wide, open, interrupt).run, settled('01.01.03'))).toBe(false)
  })
})

describe('the batches of a run', () => {
  const stages: RunInput = { parallel: 4, batches: [batch('01.01', 1), batch('01.02', 1), batch('02.01', 1)] }

  it('wait for the gate of their stage, which is read again each time', () => {
    expect(play(stages).gate).toEqual(['01'])
    expect(play(stages, open, settled('01.01.01')).gate).toEqual(['01', '01'])
    expect(play(stages, open, settled('01.01.01'), open, settled('01.02.01')).gate).toEqual([
      '01',
      '01',
      '02',
    ])
  })

  it('start nothing after a closed gate, where the run ends as gated', () => {
    const { run, started } = play(stages, open, settled('01.01.01'), open, settled('01.02.01'), shut)
    expect(started).toEqual(['01.01.01', '01.02.01'])
    expect(run.output).toMatchObject({ end: 'gated', batch: { id: '02.01' } })
  })

  it('are done when all have completed', () => {
    const ids = ['01.01.01', '01.02.01', '02.01.01']
    const { run, started } = play(stages, ...ids.flatMap((id) => [open, settled(id)]))
    expect(started).toEqual(ids)
    expect(run.output).toEqual({
      end: 'done',
      batch: null,
      settled: ids.map((id) => ({ id, status: 'completed' })),
    })
  })

  it('are skipped when they have nothing to do', () => {
    const sparse: RunInput = {
      parallel: 1,
      batches: [batch('01.01', 0), batch('01.02', 1), batch('01.03', 0)],
    }
    const { run, started } = play(sparse, open, open, settled('01.02.01'), open)
    expect(started).toEqual(['01.02.01'])
    expect(run.output?.end).toBe('done')
  })

  it('are done immediately if there are none', () => {
    const { run, gate } = play({ parallel: 1, batches: [] })
    expect(run.output).toEqual({ end: 'done', batch: null, settled: [] })
    expect(gate).toEqual([])
  })
})

describe('threads of later batches that an earlier run has begun', () => {
  const plan: RunInput = {
    parallel: 2,
    batches: [batch('01.01', 2), batch('01.02', 1), batch('02.01', 2)],
    begun: ['02.01.01'],
  }
  const begun = settled('02.01.01')

  it('are running from the beginning, and take one of the slots', () => {
    expect(play(plan).started).toEqual(['02.01.01'])
    expect(play(plan, open).run.context).toMatchObject({
      live: ['02.01.01', '01.01.01'],
      waiting: ['01.01.02'],
    })
  })

  it('may settle at any time, even at a gate, and are not started in their turn', () => {
    const [first, second] = [
      [open, settled('01.01.01'), settled('01.01.02')],
      [open, settled('01.02.01')],
    ]
    const { run, started } = play(plan, begun, ...first, ...second, open)
    expect(started).toEqual(['02.01.01', '01.01.01', '01.01.02', '01.02.01', '02.01.02'])
    expect(run.context.live).toEqual(['02.01.02'])
  })

  it('do not block an earlier batch even if they fail: their own batch halts', () => {
    const failed = [open, settled('02.01.01', 'failed'), settled('01.01.01'), settled('01.01.02')]
    expect(play(plan, ...failed).run).toMatchObject({ value: { going: 'gate' }, context: { current: 1 } })
    const { run } = play(plan, ...failed, open, settled('01.02.01'), open, settled('02.01.02'), stillOpen)
    expect(run.output).toMatchObject({ end: 'halted', batch: { id: '02.01' } })
  })

  it.each([
    ['halting', 'halted', [open, settled('01.01.01', 'failed'), settled('01.01.02'), stillOpen], stillOpen],
    ['gating', 'gated', [shut], shut],
  ])('are watched to their end while the run is %s, which then looks again', (value, end, events, again) => {
    const { run, started } = play(plan, ...events)
    expect(run).toMatchObject({ value: { going: value }, context: { live: ['02.01.01'] } })
    expect(play(plan, ...events, begun, again).run.output).toMatchObject({ end })
    expect(play(plan, ...events, begun, again).started).toEqual(started)
    expect(play(plan, ...events, interrupt, begun).run.output?.end).toBe('interrupted')
  })

  it('are ended by an interruption at a gate', () => {
    const stopping = play(plan, interrupt)
    expect(stopping).toMatchObject({ run: { value: 'stopping' }, forces: [false] })
  })
})

describe('a run that another process began', () => {
  const one: RunInput = {
    parallel: 2,
    batches: [batch('01.01', 2), batch('01.02', 1)],
    ended: [{ id: '01.01.01', status: 'failed' }],
  }

  it('starts no thread again that ended there, and halts after the batch of one that failed', () => {
    const { run, started } = play(one, open, settled('01.01.02'), stillOpen)
    expect(started).toEqual(['01.01.02'])
    expect(run.output).toMatchObject({ end: 'halted', batch: { id: '01.01' } })
  })
})

it('accepts no unknown event', () => {
  expect(reachable.filter((run) => can(run, { type: 'PAUSE' }))).toEqual([])
})
