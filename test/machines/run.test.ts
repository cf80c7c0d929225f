import { describe, expect, it } from 'vitest'
import {
  initialTransition,
  transition,
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type SnapshotFrom,
} from 'xstate'
import { runMachine, type RunBatch, type RunInput, type SettledThread } from '../../machines/run.ts'
import { done, routes, unreached } from './walk.ts'

type Run = SnapshotFrom<typeof runMachine>
type Status = SettledThread['status']

const statuses: Status[] = ['completed', 'failed', 'interrupted', 'running']
const open = done(runMachine, 'going.gate', 'open')
const shut = done(runMachine, 'going.gate', 'closed')
const completed = done(runMachine, 'going.lookingAgain', 'completed')
const stillOpen = done(runMachine, 'going.lookingAgain', 'open')
const interrupt = { type: 'INTERRUPT', force: false }
const kill = { type: 'INTERRUPT', force: true }
const stopSome = stop('01.01.02', '01.01.03')
const lost = { type: 'STATE_LOST' }
const late = { type: 'xstate.after.patience.run.forcing' }

/**
 * Two stages, the first with two batches, one of which has nothing to do. A thread of the last stage was started
 * earlier.
 */
const input: RunInput = {
  parallel: 2,
  batches: [batch('01.01', 3), batch('01.02', 0), batch('02.01', 2)],
  begun: ['02.01.02'],
}

const walk = {
  input,
  events: (snapshot: AnyMachineSnapshot) => [
    open,
    shut,
    completed,
    stillOpen,
    interrupt,
    kill,
    late,
    lost,
    stopSome,
    ...runOf(snapshot).context.live.flatMap((id) => statuses.map((status) => settled(id, status))),
  ],
  // The order in which threads settled does not matter.
  serialize: ({ value, context }: Pick<Run, 'value' | 'context'>) => {
    // It may occur in any state, and nothing follows it.
    if (value === 'lost') return value
    const settledNow = context.settled.map(({ id, status }) => `${id} ${status}`).toSorted()
    return JSON.stringify([value, { ...context, settled: settledNow }])
  },
}

const reachable = routes(runMachine, walk).map(({ snapshot }) => runOf(snapshot))

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

  it('has each thread of a batch in exactly one list', () => {
    for (const { value, context } of reachable.filter((run) => stateOf(run) === 'going.running')) {
      const before = input.batches.slice(0, context.current).flatMap(({ threads }) => threads)
      const present = [...before, ...(input.batches[context.current]?.threads ?? [])]
      const expected = [...new Set([...present, ...(input.begun ?? [])])]
      const settledIds = context.settled.map(({ id }) => id)
      expect({ value, ids: [...settledIds, ...context.live, ...context.waiting].toSorted() }).toEqual({
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
      expect(value === 'interrupted' || value === 'lost' || context.live.length === 0).toBe(true)
    }
  })
})

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

function batch(id: string, threads: number): RunBatch {
  const ids = Array.from({ length: threads }, (_, index) => `${id}.0${index + 1}`)
  return { id, stage: id.slice(0, 2), threads: ids }
}

function settled(id: string, status: Status = 'completed'): AnyEventObject {
  return { type: 'THREAD_SETTLED', thread: { id, status } }
}

function stop(...threadIds: string[]) {
  return { type: 'STOP_THREADS', threadIds, force: false }
}

/** A run after these events, and the input of its effects: threads to start, gates to read, how to interrupt. */
function play(plan: RunInput, ...events: AnyEventObject[]) {
  const machine: AnyStateMachine = runMachine
  const [fresh, entered] = initialTransition(runMachine, plan)
  const actions: { type: string; params: unknown }[] = [...entered]
  let run: Run = fresh
  for (const event of events) {
    if (!can(run, event)) throw new Error(`${stateOf(run)} does not take ${event.type}.`)
    const [next, effects] = transition(machine, run, event)
    run = runOf(next)
    actions.push(...effects)
  }
  const told = (type: string, key: string) =>
    actions.filter((action) => action.type === type).map(({ params }) => field(params, key))
  return {
    run,
    started: [...new Set(told('startThreads', 'threadIds').flat())],
    gate: told('xstate.spawnChild', 'input').flatMap((gateInput) => field(gateInput, 'stage') ?? []),
    asked: told('xstate.spawnChild', 'input').flatMap((lookInput) => {
      const threads = field(lookInput, 'threads')
      return threads === undefined ? [] : [threads]
    }),
    forces: told('interruptThreads', 'force'),
    stopped: actions
      .filter((action) => action.type === 'interruptThese')
      .map(({ params }) => ({ threadIds: field(params, 'threadIds'), force: field(params, 'force') })),
  }
}

/** The state of a run as one word. */
function stateOf({ value }: Run): string {
  return typeof value === 'string' ? value : `going.${value.going}`
}

function field(value: unknown, key: string): unknown {
  return new Map(Object.entries(value ?? {})).get(key)
}

function can(run: Run, event: AnyEventObject): boolean {
  const snapshot: AnyMachineSnapshot = run
  return snapshot.can(event)
}

function runOf(snapshot: SnapshotFrom<AnyStateMachine>): Run {
  return snapshot
}
