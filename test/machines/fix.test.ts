import { describe, expect, it } from 'vitest'
import { transition, type AnyEventObject, type AnyMachineSnapshot } from 'xstate'
import { fixMachine } from '../../machines/fix.ts'
import {
  fixActions,
  fixViews,
  type FixAction,
  type FixInput,
  type FixOption,
  type FixStage,
} from '../../machines/fix-context.ts'
import { givenTo, order, play, type Script } from './scripted.ts'
import { done, routes, thrown, unreached, type Route } from './walk.ts'

const back = { type: 'back' }
const cancel = { type: 'cancel' }
const stage: FixStage = { mends: '01', name: 'login', description: '' }
const busy = new Error('Thread 01.01.01 is being run by process 7.')

const guided = given({})
const flags: FixInput[] = [
  guided,
  given({ threads: ['01.01.01'] }),
  given({ threads: ['01.01.01'], action: 'swap', agent: 'other' }),
  given({ threads: 'failed', action: 'best', isConfirmed: true }),
  given({ threads: ['01.01.01'], action: 'retry', isPreview: true }),
  given({ action: 'stage' }),
  given({ threads: ['01.01.01'], action: 'stage', stage, isConfirmed: true }),
  given({ threads: ['01.01.01'], isCollected: true }),
]

/** All possible results of the chart's actors. */
const ends: AnyEventObject[] = [
  ...[[], ['01.01.01'], ['01.01.01', '01.01.02']].map((ids) => done(fixMachine, 'loading', ids)),
  ...answers('choosingThread', ['01.01.01']),
  ...[options(), options('resume'), options('resume', 'retry', 'swap')].map((some) =>
    done(fixMachine, 'inspecting', some),
  ),
  ...[...fixActions, ...fixViews, 'complete', 'skip'].map((choice) =>
    done(fixMachine, 'choosingAction', chosen(choice)),
  ),
  done(fixMachine, 'viewing', undefined),
  ...['completed', 'declined'].map((completion) => done(fixMachine, 'completing', completion)),
  ...answers('choosingAction', 'retry'),
  ...answers('choosingAgent', 'other'),
  ...answers('namingStage', stage),
  ...answers('writingNote', 'Use port 0.'),
  ...answers('confirming', true),
  ...['completed', 'failed', 'interrupted'].map((result) => done(fixMachine, 'running', result)),
  done(fixMachine, 'addingStage', undefined),
  done(fixMachine, 'previewing', undefined),
  done(fixMachine, 'reporting', undefined),
  ...asking().map((state) => thrown(fixMachine, state, busy)),
]

const walked = new Map<FixInput, Route[]>()

describe('every way through a fix', () => {
  it('takes every transition of the chart, with some flags', () => {
    const left = flags.map((input) => unreached(fixMachine, walk(input)))
    expect(left.reduce((all, some) => all.filter((name) => some.includes(name)))).toEqual([])
  })

  it.each(flags.map((input) => [describeInput(input), input] as const))(
    'ends, from wherever it got to: %s',
    (_, input) => {
      const reached = routesOf(input)
      const stuck = reached.filter(
        ({ snapshot }) => snapshot.status === 'active' && !ends.some((event) => snapshot.can(event)),
      )
      expect(stuck.map(({ snapshot }) => snapshot.value)).toEqual([])
      expect(reached.some(({ snapshot }) => snapshot.status === 'done')).toBe(true)
      expect(reached.filter(({ snapshot }) => snapshot.status === 'error')).toEqual([])
    },
  )

  it.each(flags.map((input) => [describeInput(input), input] as const))(
    'never acts before everything is known, and never repeats a given fix: %s',
    (_, input) => {
      const wrong = routesOf(input).filter(({ snapshot: { value, context } }) => {
        const isReady =
          context.action !== null &&
          (context.action !== 'stage' ? context.threads.length > 0 : context.stage !== null) &&
          (context.action !== 'swap' || context.agent !== null)
        return (
          (['confirming', 'previewing', 'running', 'addingStage'].includes(value) && !isReady) ||
          ((input.isPreview || input.isCollected) &&
            ['running', 'addingStage', 'confirming'].includes(value)) ||
          (input.isConfirmed && value === 'confirming') ||
          (input.threads !== null && value === 'choosingThread') ||
          (input.action !== null && value === 'choosingAction')
        )
      })
      expect(wrong).toEqual([])
    },
  )

  it('leaves at once on Ctrl-C, at each question', () => {
    const questions = Object.keys(fixMachine.states).filter((state) =>
      /^(choosing|naming|writing|confirming)/.test(state),
    )
    const reached = routesOf(guided)
    for (const question of questions) {
      const asked = reached.filter(({ snapshot }) => snapshot.value === question)
      expect(asked.length, question).toBeGreaterThan(0)
      for (const { snapshot } of asked) {
        const [left] = transition(fixMachine, snapshot, done(fixMachine, question, cancel))
        expect(left).toMatchObject({ value: 'cancelled', output: { end: 'cancelled' } })
      }
    }
  })
})

describe('the user', () => {
  const one = { loadThreads: [['01.01.01']], inspectThreads: [options()] }

  it('chooses the thread and the action, adds a note, and confirms', async () => {
    const played = await play(fixMachine, guided, {
      loadThreads: [['01.01.01', '01.01.02'], []],
      askThread: [chosen(['01.01.02'])],
      inspectThreads: [options()],
      askAction: [chosen('retry')],
      askNote: [chosen('Use port 0.')],
      askConfirmation: [chosen(true)],
      runThreads: ['completed'],
      tellResult: [undefined],
    })
    expect(order(played)).toBe(
      'loadThreads askThread inspectThreads askAction askNote askConfirmation runThreads tellResult loadThreads',
    )
    expect(givenTo(played, 'runThreads')).toEqual({
      threads: ['01.01.02'],
      action: 'retry',
      agent: null,
      stage: null,
      note: 'Use port 0.',
    })
    expect(played.output).toMatchObject({ end: 'done', results: ['completed'] })
  })

  it('is offered the next thread until none is left', async () => {
    const played = await play(fixMachine, guided, {
      loadThreads: [['01.01.01', '01.01.02'], ['01.01.02'], []],
      askThread: [chosen(['01.01.01'])],
      inspectThreads: [options(), options()],
      askAction: [chosen('resume'), chosen('swap')],
      askAgent: [chosen('other')],
      askNote: [chosen(''), chosen('')],
      askConfirmation: [chosen(true), chosen(true)],
      runThreads: ['completed', 'failed'],
      tellResult: [undefined, undefined],
    })
    expect(givenTo(played, 'runThreads')).toMatchObject({ action: 'swap', agent: 'other', note: null })
    expect(played.output).toMatchObject({ end: 'done', results: ['completed', 'failed'] })
  })

  it('looks at the log, opens the session and edits agents.yaml before the decision', async () => {
    const played = await play(fixMachine, guided, {
      loadThreads: [['01.01.01'], []],
      inspectThreads: [options('swap'), options('swap'), options('swap'), options()],
      askAction: [chosen('log'), chosen('attach'), chosen('agents'), chosen('swap')],
      viewThreads: [undefined, undefined, undefined],
      askAgent: [chosen('other')],
      askNote: [chosen('')],
      askConfirmation: [chosen(true)],
      runThreads: ['completed'],
      tellResult: [undefined],
    })
    const views = played.calls.filter(({ actor }) => actor === 'viewThreads').map(({ input }) => input)
    expect(views).toEqual(['log', 'attach', 'agents'].map((view) => ({ threads: ['01.01.01'], view })))
    expect(played.output).toMatchObject({ end: 'done', results: ['completed'] })
  })

  it('marks a thread as completed instead, or declines and chooses again', async () => {
    const played = await play(fixMachine, guided, {
      loadThreads: [['01.01.01'], []],
      inspectThreads: [options(), options()],
      askAction: [chosen('complete'), chosen('complete')],
      completeThreads: ['declined', 'completed'],
      tellResult: [undefined],
    })
    expect(givenTo(played, 'completeThreads')).toEqual({ threads: ['01.01.01'] })
    expect(played.output).toMatchObject({ end: 'done', results: ['marked'] })
  })

  it('skips threads: they are not offered again', async () => {
    const played = await play(fixMachine, guided, {
      loadThreads: [
        ['01.01.01', '01.01.02', '01.01.03'],
        ['01.01.01', '01.01.02', '01.01.03'],
        ['01.01.01', '01.01.02', '01.01.03'],
      ],
      askThread: [chosen(['01.01.01']), chosen(['01.01.02', '01.01.03'])],
      inspectThreads: [options(), options()],
      askAction: [chosen('skip'), chosen('skip')],
    })
    expect(givenTo(played, 'askThread')).toEqual({ candidates: ['01.01.02', '01.01.03'] })
    expect(played.output).toMatchObject({ end: 'skipped', results: [] })
  })

  it('hands over an order that another flow carries out', async () => {
    const input = given({ threads: ['01.01.01'], isCollected: true })
    const played = await play(fixMachine, input, {
      ...one,
      askAction: [chosen('resume')],
      askNote: [chosen('Go.')],
    })
    expect(played.output).toMatchObject({
      end: 'ordered',
      order: { threads: ['01.01.01'], action: 'resume', note: 'Go.' },
    })
  })

  it('goes back question by question, and starts over', async () => {
    const played = await play(fixMachine, guided, {
      loadThreads: [['01.01.01', '01.01.02']],
      askThread: [chosen(['01.01.01']), back],
      inspectThreads: [options()],
      askAction: [chosen('swap'), back],
      askAgent: [chosen('other'), back],
      askNote: [chosen('Hello.'), back],
      askConfirmation: [back],
    })
    expect(order(played)).toBe(
      'loadThreads askThread inspectThreads askAction askAgent askNote askConfirmation askNote askAgent askAction askThread',
    )
    expect(played.output).toMatchObject({ end: 'left', results: [] })
  })

  it('who goes back after a fix ends the flow with its results', async () => {
    const played = await play(fixMachine, guided, {
      loadThreads: [['01.01.01'], ['01.01.01']],
      inspectThreads: [options(), options()],
      askAction: [chosen('stage'), back],
      askStage: [chosen(stage)],
      askConfirmation: [chosen(true)],
      addStage: [undefined],
      tellResult: [undefined],
    })
    expect(played.output).toMatchObject({ end: 'done', results: ['added'] })
    expect(givenTo(played, 'tellResult')).toEqual({ result: 'added', error: null })
  })

  it('removes an answer by going back: the next order does not contain it', async () => {
    const played = await play(fixMachine, given({ threads: ['01.01.01'] }), {
      ...one,
      askAction: [chosen('swap'), chosen('retry')],
      askAgent: [back],
      askNote: [chosen('')],
      askConfirmation: [chosen(true)],
      runThreads: ['completed'],
      tellResult: [undefined],
    })
    expect(givenTo(played, 'runThreads')).toMatchObject({ action: 'retry', agent: null, note: null })
  })

  it('sees the error of an order, and continues', async () => {
    const played = await play(fixMachine, guided, {
      loadThreads: [['01.01.01'], ['01.01.01']],
      inspectThreads: [options(), options()],
      askAction: [chosen('retry'), back],
      askNote: [chosen('')],
      askConfirmation: [chosen(true)],
      runThreads: [busy],
      tellResult: [undefined],
    })
    expect(givenTo(played, 'tellResult')).toEqual({ result: null, error: busy })
    expect(played.output).toMatchObject({ end: 'left', results: [], error: null })
  })

  it('who stops a run is not asked for more', async () => {
    const played = await play(fixMachine, guided, {
      ...one,
      askAction: [chosen('retry')],
      askNote: [chosen('')],
      askConfirmation: [chosen(true)],
      runThreads: ['interrupted'],
      tellResult: [undefined],
    })
    expect(played.output).toMatchObject({ end: 'done', results: ['interrupted'] })
  })
})

describe('flags', () => {
  const load = { loadThreads: [['01.01.01', '01.01.02']] }

  it('answer every question, so that nothing is asked', async () => {
    const input = given({ threads: 'failed', action: 'swap', agent: 'other', note: 'Hi.', isConfirmed: true })
    const played = await play(fixMachine, input, {
      ...load,
      inspectThreads: [options()],
      runThreads: ['completed'],
      tellResult: [undefined],
    })
    expect(order(played)).toBe('loadThreads inspectThreads runThreads tellResult')
    expect(givenTo(played, 'loadThreads')).toEqual({ threads: 'failed' })
    expect(givenTo(played, 'runThreads')).toMatchObject({
      threads: ['01.01.01', '01.01.02'],
      action: 'swap',
      agent: 'other',
      note: 'Hi.',
    })
  })

  it.each<[FixOption[], FixAction]>([
    [options(), 'resume'],
    [options('resume'), 'retry'],
  ])('for the best way choose a possible action: %j', async (some, action) => {
    const input = given({ threads: ['01.01.01'], action: 'best', isConfirmed: true })
    const played = await play(fixMachine, input, {
      ...load,
      inspectThreads: [some],
      runThreads: ['completed'],
      tellResult: [undefined],
    })
    expect(givenTo(played, 'runThreads')).toMatchObject({ action })
  })

  it('for an impossible action are refused, and nothing is done', async () => {
    const input = given({ threads: ['01.01.01'], action: 'resume', isConfirmed: true })
    const played = await play(fixMachine, input, { ...load, inspectThreads: [options('resume')] })
    expect(played.output).toMatchObject({
      end: 'refused',
      refusal: { action: 'resume', refusal: 'There is no way to resume.' },
    })
  })

  it('for a preview show the order, ask what is missing, and do nothing', async () => {
    const input = given({ threads: ['01.01.01'], action: 'retry', isPreview: true })
    const played = await play(fixMachine, input, {
      ...load,
      inspectThreads: [options()],
      previewOrder: [undefined],
    })
    expect(order(played)).toBe('loadThreads inspectThreads previewOrder')
    expect(played.output).toMatchObject({ end: 'done', results: [] })
  })

  it('for a new stage need no thread', async () => {
    const played = await play(fixMachine, given({ action: 'stage', stage, isConfirmed: true }), {
      addStage: [undefined],
      tellResult: [undefined],
    })
    expect(order(played)).toBe('addStage tellResult')
  })

  it('that name no thread to fix end with nothing to do', async () => {
    const played = await play(fixMachine, given({ threads: 'failed' }), { loadThreads: [[]] })
    expect(played.output).toMatchObject({ end: 'nothing' })
  })

  it.each<[string, Script]>([
    ['loading', { loadThreads: [busy] }],
    ['asking', { loadThreads: [['01.01.01']], inspectThreads: [options()], askAction: [busy] }],
  ])('end with what was thrown while %s', async (_, script) => {
    const played = await play(fixMachine, given({ threads: ['01.01.01'] }), script)
    expect(played.output).toMatchObject({ end: 'failed', error: busy })
  })

  it('end with the error that the action threw', async () => {
    const input = given({ threads: ['01.01.01'], action: 'retry', isConfirmed: true })
    const script = { ...load, inspectThreads: [options()], runThreads: [busy] }
    expect((await play(fixMachine, input, script)).output).toMatchObject({ end: 'failed', error: busy })
  })
})

/** The routes with these flags; walked once. */
function routesOf(input: FixInput): Route[] {
  const found = walked.get(input) ?? routes(fixMachine, walk(input))
  walked.set(input, found)
  return found
}

function walk(input: FixInput) {
  return {
    input,
    events: ends,
    serialize: ({ value, context }: Pick<AnyMachineSnapshot, 'value' | 'context'>) => {
      const { results, view, skipped, ...rest } = context
      // How often it acted makes no difference to where it goes; that it did, and how the last ended, does.
      return JSON.stringify([
        value,
        value === 'viewing' ? view : null,
        new Set(skipped).size,
        { ...rest, results: results.slice(-1), error: rest.error !== null },
      ])
    },
  }
}

function given(fields: Partial<FixInput>): FixInput {
  return {
    threads: null,
    action: null,
    agent: null,
    stage: null,
    note: null,
    isConfirmed: false,
    isPreview: false,
    isCollected: false,
    ...fields,
  }
}

function describeInput(input: FixInput): string {
  const named = Object.entries(input).filter(([, value]) => value !== null && value !== false)
  return named.map(([name]) => name).join(', ') || 'no flags'
}

/** The options, some of them refused. */
function options(...refused: FixAction[]): FixOption[] {
  return fixActions.map((action) => ({
    action,
    refusal: refused.includes(action) ? `There is no way to ${action}.` : null,
  }))
}

function chosen<Value>(value: Value) {
  return { type: 'chosen', value }
}

function answers(state: string, value: unknown): AnyEventObject[] {
  return [chosen(value), back, cancel].map((answer) => done(fixMachine, state, answer))
}

/** The states that wait for an actor. */
function asking(): string[] {
  return Object.entries(fixMachine.states).flatMap(([name, { invoke }]) => (invoke.length > 0 ? [name] : []))
}
