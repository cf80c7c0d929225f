import { describe, expect, it } from 'vitest'
import { transition, type AnyEventObject, type AnyMachineSnapshot } from 'xstate'
import { fixMachine } from '../../machines/fix.ts'
import {
  fixActions,
  fixQuestions,
  fixViews,
  type FixInput,
  type FixKnown,
} from '../../machines/fix-context.ts'
import { done, routes, thrown, unreached, type Route } from './walk.ts'
import { answers, busy, given, guided, options, stage } from './fix-chart.ts'

const further = ['complete', 'skip'] as const
const flags: FixInput[] = [
  guided,
  given({ threads: ['01.01.01'] }),
  given({ threads: ['01.01.01'], action: 'swap', agent: 'other' }),
  given({ threads: 'failed', action: 'best', isConfirmed: true }),
  given({ threads: ['01.01.01'], action: 'retry', isConfirmed: true, isCollected: true }),
  given({ action: 'stage' }),
  given({ threads: ['01.01.01'], action: 'stage', ...stage, isConfirmed: true }),
  given({ threads: ['01.01.01'], isCollected: true }),
]

/** All possible results of the chart's actors. */
const ends: AnyEventObject[] = [
  ...[[], ['01.01.01'], ['01.01.01', '01.01.02']].map((ids) => done(fixMachine, 'loading', ids)),
  ...answered('choosingThreads', { threads: ['01.01.01'] }),
  ...[options(), options('resume'), options('resume', 'retry', 'swap')].map((some) =>
    done(fixMachine, 'inspecting', some),
  ),
  ...answered('choosingAction', ...[...fixActions, ...fixViews, ...further].map((action) => ({ action }))),
  done(fixMachine, 'viewing', undefined),
  done(fixMachine, 'completing', undefined),
  ...answered('confirmingCompletion', { isDone: true }),
  ...answered('choosingAgent', { agent: 'other' }),
  ...answered('choosingStage', { fixedStage: '01' }),
  ...answered('namingStage', { name: 'login' }),
  ...answered('describingStage', { description: '' }),
  ...answered('writingNote', { note: 'Use port 0.' }),
  ...answered('confirmingOrder', { isConfirmed: true }),
  ...['completed', 'failed', 'interrupted', 'added'].map((result) => done(fixMachine, 'acting', result)),
  done(fixMachine, 'reporting', undefined),
  done(fixMachine, 'explaining', undefined),
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
        const { known } = context
        const isReady =
          known.action !== null &&
          (known.action !== 'stage' ? known.threads?.length > 0 : known.name !== null) &&
          (known.action !== 'swap' || known.agent !== null)
        return (
          (['confirmingOrder', 'acting', 'ordered'].includes(value) && !isReady) ||
          (input.isCollected && ['acting', 'confirmingOrder'].includes(value)) ||
          (input.isConfirmed && value === 'confirmingOrder') ||
          (input.threads !== null && value === 'choosingThreads') ||
          (input.action !== null && value === 'choosingAction')
        )
      })
      expect(wrong).toEqual([])
    },
  )

  it('leaves at once on Ctrl-C, at each question', () => {
    const reached = [guided, given({ action: 'stage' })].flatMap(routesOf)
    for (const question of Object.keys(fixQuestions)) {
      const asked = reached.filter(({ snapshot }) => snapshot.value === question)
      expect(asked.length, question).toBeGreaterThan(0)
      for (const { snapshot } of asked) {
        const [left] = transition(fixMachine, snapshot, done(fixMachine, question, { type: 'cancel' }))
        expect(left).toMatchObject({ value: 'cancelled', output: { end: 'cancelled' } })
      }
    }
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
      const { results, skipped, ...rest } = context
      // How often it acted makes no difference to where it goes; that it did, and how the last ended, does.
      return JSON.stringify([
        value,
        new Set(skipped).size,
        { ...rest, answer: null, results: results.slice(-1), error: rest.error !== null },
      ])
    },
  }
}

function describeInput(input: FixInput): string {
  const named = Object.entries(input).filter(([, value]) => value !== null && value !== false)
  return named.map(([name]) => name).join(', ') || 'no flags'
}

/** Each of the answers, and those that lead away. */
function answered(state: string, ...values: Partial<FixKnown>[]): AnyEventObject[] {
  return answers(...values, 'back', 'cancel').map((answer) => done(fixMachine, state, answer))
}

/** The states that wait for an actor. */
function asking(): string[] {
  return Object.entries(fixMachine.states).flatMap(([name, { invoke }]) => (invoke.length > 0 ? [name] : []))
}
