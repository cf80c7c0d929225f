import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { transition, type AnyEventObject, type AnyMachineSnapshot } from 'xstate'
import { continueMachine } from '../../machines/continue.ts'
import type { ContinueInput } from '../../machines/continue-context.ts'
import { done, routes, thrown, unreached } from './walk.ts'
import {
  back,
  broken,
  cancel,
  chosen,
  clean,
  fixed,
  given,
  interrupted,
  limited,
  ordered,
  two,
} from './continue-chart.ts'

const flags: ContinueInput[] = [
  given({}),
  given({ waits: true }),
  given({ waits: false }),
  given({ isConfirmed: true }),
  given({ way: 'skip' }),
  given({ way: 'fix' }),
  given({ way: 'fix', isConfirmed: true }),
  given({ asksAbout: 'failed' }),
  given({ asksAbout: 'failed', way: 'retry' }),
]

const ends: AnyEventObject[] = [
  ...['approved', 'unapproved'].map((approvals) => done(continueMachine, 'checking', approvals)),
  ...[chosen(true), back, cancel].map((answer) => done(continueMachine, 'askingApproval', answer)),
  done(continueMachine, 'approving', undefined),
  ...[chosen(true), back, cancel].map((answer) => done(continueMachine, 'askingStage', answer)),
  done(continueMachine, 'approvingStage', undefined),
  ...[clean, interrupted, two, limited].map((found) => done(continueMachine, 'looking', found)),
  ...[chosen('skip'), chosen('retry'), chosen('fix'), chosen('abort'), back, cancel].map((answer) =>
    done(continueMachine, 'choosing', answer),
  ),
  ...(['nothing', 'refused', 'skipped', 'left', 'cancelled', 'failed'] as const).map((end) =>
    done(continueMachine, 'fixing', fixed(end)),
  ),
  done(continueMachine, 'fixing', ordered('01.01.01')),
  done(continueMachine, 'fixing', fixed('done', 'marked')),
  ...[chosen(true), back, cancel].map((answer) => done(continueMachine, 'confirmingFixes', answer)),
  ...[['completed'], ['interrupted'], ['failed', 'added']].map((results) =>
    done(continueMachine, 'runningFixes', results),
  ),
  ...[chosen(true), chosen(false), back, cancel].map((answer) =>
    done(continueMachine, 'choosingWait', answer),
  ),
  ...['elapsed', 'cancelled'].map((wait) => done(continueMachine, 'waiting', wait)),
  ...[null, '01'].map((gate) => done(continueMachine, 'running', { gate })),
  ...[
    'checking',
    'askingApproval',
    'approving',
    'looking',
    'choosing',
    'fixing',
    'confirmingFixes',
    'runningFixes',
    'choosingWait',
    'waiting',
    'running',
    'askingStage',
    'approvingStage',
  ].map((state) => thrown(continueMachine, state, broken)),
]

describe('every way to continue', () => {
  it('takes every transition of the chart, with some flags', () => {
    const left = flags.map((input) => unreached(continueMachine, walk(input)))
    expect(left.reduce((all, some) => all.filter((name) => some.includes(name)))).toEqual([])
  })

  it.each(flags)('ends, from wherever it got to: %j', (input) => {
    const reached = routes(continueMachine, walk(input)).map(({ snapshot }) => snapshot)
    const stuck = reached.filter(
      (snapshot) => snapshot.status === 'active' && !ends.some((event) => snapshot.can(event)),
    )
    expect(stuck.map(({ value }) => value)).toEqual([])
    expect(reached.filter(({ status }) => status === 'error')).toEqual([])
  })

  it.each(flags)(
    'runs nothing that failed, unless that was chosen or its provider waited for: %j',
    (input) => {
      const running = routes(continueMachine, walk(input)).filter(
        ({ snapshot, events }) =>
          snapshot.value === 'running' &&
          !events.some(({ output }) => isDeepStrictEqual(output, chosen('retry'))),
      )
      expect(running.length).toBeGreaterThan(0)
      for (const { snapshot, events } of running) {
        const { found, without } = snapshot.context
        const waited = events.some((event) => event['output'] === 'elapsed') ? ['01.01.03'] : []
        expect([...without, ...waited]).toEqual(input.way === 'retry' ? [] : found.failed)
      }
    },
  )

  it('asks nothing if prompts are off', () => {
    for (const input of flags.filter(({ isConfirmed }) => isConfirmed)) {
      const values = routes(continueMachine, walk(input)).map(({ snapshot }) => snapshot.value)
      expect(values).not.toContain('choosing')
      expect(values).not.toContain('choosingWait')
    }
  })

  it.each(['choosing', 'choosingWait', 'confirmingFixes'])(
    'leaves at once on Ctrl-C while %s',
    (question) => {
      const asked = routes(continueMachine, walk(given({}))).filter(
        ({ snapshot }) => snapshot.value === question,
      )
      expect(asked.length).toBeGreaterThan(0)
      for (const { snapshot } of asked) {
        const [left] = transition(continueMachine, snapshot, done(continueMachine, question, cancel))
        expect(left).toMatchObject({ value: 'cancelled', output: { end: 'cancelled' } })
      }
    },
  )
})

function walk(input: ContinueInput) {
  return {
    input,
    events: ends,
    serialize: ({ value, context }: Pick<AnyMachineSnapshot, 'value' | 'context'>) =>
      JSON.stringify([value, { ...context, error: context.error !== null }]),
  }
}
