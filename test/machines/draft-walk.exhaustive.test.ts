import { describe, expect, it } from 'vitest'
import { transition, type AnyEventObject, type AnyMachineSnapshot } from 'xstate'
import { draftMachine } from '../../machines/draft.ts'
import { mostRepairs, type DraftInput } from '../../machines/draft-context.ts'
import { done, routes, thrown, unreached, type Route } from './walk.ts'
import {
  back,
  broken,
  busy,
  cancel,
  chosen,
  given,
  goal,
  sentence,
  sound,
  standing,
  unclear,
} from './draft-chart.ts'

const flags: DraftInput[] = [
  given(),
  given({ request: goal }),
  given({ request: sentence, canAsk: false }),
  given({ canAsk: false, isConfirmed: true }),
  given({ canAsk: false, retries: true }),
]

const looks = [
  standing('empty'),
  standing('open'),
  standing('failed'),
  standing('settled'),
  standing('answered'),
  standing('answered', { repairs: mostRepairs }),
  standing('answered', { isByHand: true }),
]
const questions = ['askingRequest', 'stopping', 'rescuing', 'reviewing']
const effects = [
  'requesting',
  'drafting',
  'checking',
  'keeping',
  'answering',
  'editing',
  'approving',
  'leaving',
  'askingBack',
]

/** All possible results of the chart's actors. */
const ends: AnyEventObject[] = [
  ...looks.map((look) => done(draftMachine, 'looking', look)),
  ...answers('askingRequest', goal, sentence),
  ...['completed', 'failed', 'interrupted', 'left'].map((end) => done(draftMachine, 'drafting', end)),
  ...[sound, unclear, broken].map((check) => done(draftMachine, 'checking', check)),
  ...['stopping', 'rescuing'].flatMap((state) => answers(state, 'again', 'revise', 'edit', 'leave')),
  ...answers('reviewing', 'approve', 'answer', 'revise', 'edit', 'leave'),
  ...['approved', 'back'].map((result) => done(draftMachine, 'approving', result)),
  ...['requesting', 'keeping', 'answering', 'editing', 'leaving', 'askingBack'].map((state) =>
    done(draftMachine, state, undefined),
  ),
  ...['looking', ...questions, ...effects].map((state) => thrown(draftMachine, state, busy)),
]

const walked = new Map<DraftInput, Route[]>()

describe('every way from a goal to a plan', () => {
  it('takes every transition of the chart, with some flags', () => {
    const left = flags.map((input) => unreached(draftMachine, walk(input)))
    expect(left.reduce((all, some) => all.filter((name) => some.includes(name)))).toEqual([])
  })

  it.each(flags)('ends, from wherever it got to: %j', (input) => {
    const reached = routesOf(input)
    const stuck = reached.filter(
      ({ snapshot }) => snapshot.status === 'active' && !ends.some((event) => snapshot.can(event)),
    )
    expect(stuck.map(({ snapshot }) => snapshot.value)).toEqual([])
    expect(reached.some(({ snapshot }) => snapshot.status === 'done')).toBe(true)
    expect(reached.filter(({ snapshot }) => snapshot.status === 'error')).toEqual([])
  })

  it.each(flags)(
    'approves only a valid draft, and with open questions only what a user chose: %j',
    (input) => {
      for (const { snapshot, events } of routesOf(input)) {
        if (snapshot.value !== 'approving') continue
        const { check } = snapshot.context
        expect(check.problems).toEqual([])
        const isChosen = events.at(-1)?.['output']?.value === 'approve'
        expect(isChosen || (input.isConfirmed && check.questions === 0)).toBe(true)
      }
    },
  )

  it.each(flags)('lets nobody work before what was asked for is recorded: %j', (input) => {
    const wrong = routesOf(input).filter(
      ({ snapshot: { value, context } }) =>
        ['drafting', 'editing'].includes(value) && context.request !== null,
    )
    expect(wrong).toEqual([])
  })

  it.each(flags.filter(({ canAsk }) => !canAsk))('asks nothing where nobody can be asked: %j', (input) => {
    expect(routesOf(input).filter(({ snapshot }) => questions.includes(snapshot.value))).toEqual([])
  })

  it('leaves at once on Ctrl-C, at each question', () => {
    for (const question of questions) {
      const asked = routesOf(given()).filter(({ snapshot }) => snapshot.value === question)
      expect(asked.length, question).toBeGreaterThan(0)
      for (const { snapshot } of asked) {
        const [left] = transition(draftMachine, snapshot, done(draftMachine, question, cancel))
        expect(left).toMatchObject({ value: 'cancelled', output: { end: 'cancelled' } })
      }
    }
  })
})

function routesOf(input: DraftInput): Route[] {
  const found = walked.get(input) ?? routes(draftMachine, walk(input))
  walked.set(input, found)
  return found
}

function walk(input: DraftInput) {
  return {
    input,
    events: ends,
    serialize: ({ value, context }: Pick<AnyMachineSnapshot, 'value' | 'context'>) =>
      JSON.stringify([value, context.request, context.standing, context.check, context.retries, context.end]),
  }
}

function answers(state: string, ...values: readonly unknown[]): AnyEventObject[] {
  return [...values.map(chosen), back, cancel].map((answer) => done(draftMachine, state, answer))
}
