import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { transition, type AnyEventObject, type AnyMachineSnapshot } from 'xstate'
import { continueMachine, type ContinueInput, type Unfinished } from '../../machines/continue.ts'
import type { FixAction, FixEnd, FixOutput, FixResult } from '../../machines/fix-context.ts'
import { givenTo, order, play, type Played, type Script } from './scripted.ts'
import { done, routes, thrown, unreached } from './walk.ts'

const back = { type: 'back' }
const cancel = { type: 'cancel' }
const broken = new Error('tasks.json can not be read.')

const clean: Unfinished = { threads: [], failed: [], limited: [] }
const two: Unfinished = { threads: ['01.01.01', '01.01.02'], failed: ['01.01.02'], limited: [] }
const limited: Unfinished = {
  threads: ['01.01.01', '01.01.02', '01.01.03'],
  failed: ['01.01.02', '01.01.03'],
  limited: [{ id: '01.01.03', retryAt: '2026-02-03T06:00:00.000Z' }],
}

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

/** Interrupted threads, which resume without a question of `work run`. */
const interrupted: Unfinished = { threads: ['01.01.01'], failed: [], limited: [] }

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

describe('the approval of the plan', () => {
  it('is asked for before anything else, and the run follows', async () => {
    const played = await play(continueMachine, given({}), {
      checkApproval: ['unapproved'],
      askApproval: [chosen(true)],
      approvePlan: [undefined],
      lookBack: [clean],
      runRest: [{ gate: null }],
    })
    expect(order(played)).toBe('checkApproval askApproval approvePlan lookBack runRest')
    expect(played.output).toMatchObject({ end: 'done' })
  })

  it.each([
    ['aborted', back],
    ['cancelled', cancel],
  ])('that is not given ends the run as %s, and nothing is started', async (end, answer) => {
    const played = await play(continueMachine, given({}), {
      checkApproval: ['unapproved'],
      askApproval: [answer],
    })
    expect(played.output).toMatchObject({ end })
  })

  it('that nobody can be asked for ends the run with the error', async () => {
    const played = await play(continueMachine, given({}), { checkApproval: [broken] })
    expect(played.output).toMatchObject({ end: 'failed', error: broken })
  })
})

describe('the approval of a stage', () => {
  it('continues with the next stage, and leaves out what was left out before', async () => {
    const played = await playApproved(given({ way: 'skip' }), {
      lookBack: [two],
      runRest: [{ gate: '01' }, { gate: '02' }],
      askStage: [chosen(true), back],
      approveStage: [undefined],
    })
    expect(order(played)).toBe('checkApproval lookBack runRest askStage approveStage runRest askStage')
    const runs = played.calls.filter(({ actor }) => actor === 'runRest')
    expect(runs.map(({ input }) => input)).toEqual([{ without: ['01.01.02'] }, { without: ['01.01.02'] }])
    expect(givenTo(played, 'approveStage')).toEqual({ stage: '01' })
    expect(played.output).toMatchObject({ end: 'done' })
  })

  it.each([back, cancel])('that is not given ends the run: %j', async (answer) => {
    const played = await playApproved(given({}), {
      lookBack: [clean],
      runRest: [{ gate: '01' }],
      askStage: [answer],
    })
    expect(played.output).toMatchObject({ end: 'done' })
  })
})

describe('work run', () => {
  it('resumes what was interrupted without a question', async () => {
    const played = await playApproved(given({ asksAbout: 'failed' }), {
      lookBack: [interrupted],
      runRest: [{ gate: null }],
    })
    expect(givenTo(played, 'runRest')).toEqual({ without: [] })
  })

  it('asks before it retries what failed', async () => {
    const played = await playApproved(given({ asksAbout: 'failed' }), {
      lookBack: [two],
      askWay: [chosen('retry')],
      runRest: [{ gate: null }],
    })
    expect(order(played)).toBe('checkApproval lookBack askWay runRest')
    expect(givenTo(played, 'runRest')).toEqual({ without: [] })
  })

  it('retries what failed when a flag says so', async () => {
    const played = await playApproved(given({ asksAbout: 'failed', way: 'retry' }), {
      lookBack: [two],
      runRest: [{ gate: null }],
    })
    expect(givenTo(played, 'runRest')).toEqual({ without: [] })
  })
})

describe('the user', () => {
  it('is not asked if no thread is unfinished', async () => {
    const played = await playApproved(given({}), { lookBack: [clean], runRest: [{ gate: null }] })
    expect(order(played)).toBe('checkApproval lookBack runRest')
    expect(givenTo(played, 'runRest')).toEqual({ without: [] })
  })

  it('continues without failed threads', async () => {
    const played = await playApproved(given({}), {
      lookBack: [two],
      askWay: [chosen('skip')],
      runRest: [{ gate: null }],
    })
    expect(givenTo(played, 'askWay')).toEqual(two)
    expect(givenTo(played, 'runRest')).toEqual({ without: ['01.01.02'] })
  })

  it('decides about thread after thread, and the fixes run together', async () => {
    const orders = [ordered('01.01.01'), ordered('01.01.02', 'swap')]
    const played = await playApproved(given({}), {
      lookBack: [two, clean],
      askWay: [chosen('fix')],
      fixThread: orders,
      askFixes: [chosen(true)],
      runFixes: [['completed']],
      runRest: [{ gate: null }],
    })
    expect(order(played)).toBe(
      'checkApproval lookBack askWay fixThread fixThread askFixes runFixes lookBack runRest',
    )
    expect(played.calls.filter(({ actor }) => actor === 'fixThread').map(({ input }) => input)).toMatchObject(
      [
        { threads: ['01.01.01'], action: null, isConfirmed: false, isCollected: true },
        { threads: ['01.01.02'], action: null, isConfirmed: false, isCollected: true },
      ],
    )
    expect(givenTo(played, 'runFixes')).toEqual({ orders: orders.map((one) => one.order) })
  })

  it('goes back to the thread before, and from the first one to the first question', async () => {
    const played = await playApproved(given({}), {
      lookBack: [two],
      askWay: [chosen('fix'), back],
      fixThread: [
        ordered('01.01.01'),
        ordered('01.01.02'),
        fixed('left'),
        ordered('01.01.01'),
        fixed('left'),
        fixed('left'),
      ],
      askFixes: [back],
    })
    const asked = played.calls.filter(({ actor }) => actor === 'fixThread').map(({ input }) => input)
    const [first, second] = [{ threads: ['01.01.01'] }, { threads: ['01.01.02'] }]
    expect(asked).toMatchObject([first, second, second, first, second, first])
    expect(played.output).toMatchObject({ end: 'aborted' })
  })

  it('is asked again when every thread was skipped or marked as completed', async () => {
    const played = await playApproved(given({}), {
      lookBack: [two, { ...two, threads: ['01.01.01'], failed: [] }],
      askWay: [chosen('fix'), chosen('abort')],
      fixThread: [fixed('skipped'), fixed('done', 'marked')],
    })
    expect(order(played)).toBe('checkApproval lookBack askWay fixThread fixThread lookBack askWay')
    expect(played.output).toMatchObject({ end: 'aborted' })
  })

  it('is asked again when a fix was not enough', async () => {
    const played = await playApproved(given({}), {
      lookBack: [two, two],
      askWay: [chosen('fix'), chosen('abort')],
      fixThread: [fixed('skipped'), ordered('01.01.02')],
      askFixes: [chosen(true)],
      runFixes: [['failed']],
    })
    expect(played.output).toMatchObject({ end: 'aborted' })
  })

  it('waits for a provider, or not', async () => {
    const asked = { lookBack: [limited], askWay: [chosen('skip')], runRest: [{ gate: null }] }
    const waited = await playApproved(given({}), {
      ...asked,
      askWait: [chosen(true)],
      waitForProviders: ['elapsed'],
    })
    expect(givenTo(waited, 'runRest')).toEqual({ without: ['01.01.02'] })
    const left = await playApproved(given({}), { ...asked, askWait: [chosen(false)] })
    expect(givenTo(left, 'runRest')).toEqual({ without: ['01.01.02', '01.01.03'] })
  })

  it('goes back from the second question to the first', async () => {
    const played = await playApproved(given({}), {
      lookBack: [limited],
      askWay: [chosen('skip'), back],
      askWait: [back],
    })
    expect(played.output).toMatchObject({ end: 'aborted' })
  })

  it('who stops the countdown starts nothing', async () => {
    const played = await playApproved(given({ waits: true }), {
      lookBack: [limited],
      waitForProviders: ['cancelled'],
    })
    expect(played.output).toMatchObject({ end: 'cancelled' })
  })
})

describe('flags', () => {
  it.each([given({ way: 'skip', waits: false }), given({ isConfirmed: true })])(
    'answer every question: %j',
    async (input) => {
      const played = await playApproved(input, { lookBack: [limited], runRest: [{ gate: null }] })
      expect(order(played)).toBe('checkApproval lookBack runRest')
      expect(givenTo(played, 'runRest')).toEqual({ without: ['01.01.02', '01.01.03'] })
    },
  )

  it('fix each thread in the best way, and do not continue past an unfinished one', async () => {
    const played = await playApproved(given({ way: 'fix', isConfirmed: true }), {
      lookBack: [two, { ...two, threads: ['01.01.02'] }],
      fixThread: [ordered('01.01.01'), ordered('01.01.02')],
      runFixes: [['failed']],
    })
    expect(order(played)).toBe('checkApproval lookBack fixThread fixThread runFixes lookBack')
    expect(givenTo(played, 'fixThread')).toMatchObject({ action: 'best', isConfirmed: true })
    expect(played.output).toMatchObject({ end: 'unfinished' })
  })

  it.each<[string, FixResult[], string]>([
    ['is stopped', ['interrupted'], 'interrupted'],
    ['adds a stage, which has to be approved', ['completed', 'added'], 'planned'],
  ])('end with a fix that %s', async (_, results, end) => {
    const played = await playApproved(given({ way: 'fix' }), {
      lookBack: [two],
      fixThread: [ordered('01.01.01'), ordered('01.01.02')],
      askFixes: [chosen(true)],
      runFixes: [results],
    })
    expect(played.output).toEqual({ end, error: null, refused: null })
  })

  it.each<[FixOutput, string]>([
    [fixed('cancelled'), 'cancelled'],
    [{ ...fixed('failed'), error: broken }, 'failed'],
    [fixed('left'), 'aborted'],
  ])('end with a decision that is %j, and run nothing', async (output, end) => {
    const played = await playApproved(given({ way: 'fix' }), { lookBack: [two], fixThread: [output] })
    expect(played.output).toEqual({ end, error: output.error, refused: null })
  })

  it('end with a refused fix, and name its thread', async () => {
    const option = { action: 'retry', refusal: 'Its agent is gone.' } as const
    const played = await playApproved(given({ way: 'fix', isConfirmed: true }), {
      lookBack: [two],
      fixThread: [ordered('01.01.01'), { ...fixed('refused'), refusal: option }],
    })
    const refused = { threads: two.threads.slice(1), option }
    expect(played.output).toEqual({ end: 'failed', error: null, refused })
  })
})

function walk(input: ContinueInput) {
  return {
    input,
    events: ends,
    serialize: ({ value, context }: Pick<AnyMachineSnapshot, 'value' | 'context'>) =>
      JSON.stringify([value, { ...context, error: context.error !== null }]),
  }
}

/** Plays the chart with an approved plan and tasks. */
function playApproved(input: ContinueInput, script: Script): Promise<Played> {
  return play(continueMachine, input, { checkApproval: ['approved'], ...script })
}

function given(fields: Partial<ContinueInput>): ContinueInput {
  return { way: null, asksAbout: 'unfinished', waits: null, isConfirmed: false, ...fields }
}

function fixed(end: FixEnd, ...results: FixResult[]): FixOutput {
  return { end, results, order: null, refusal: null, error: null }
}

/** A decision to run a thread. */
function ordered(thread: string, action: FixAction = 'retry'): FixOutput {
  return { ...fixed('ordered'), order: { threads: [thread], action, agent: null, stage: null, note: null } }
}

function chosen<Value>(value: Value) {
  return { type: 'chosen', value }
}
