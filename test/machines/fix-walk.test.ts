import { describe, expect, it } from 'vitest'
import { transition, type AnyEventObject, type AnyMachineSnapshot } from 'xstate'
import { fixMachine } from '../../machines/fix.ts'
import { fixActions, fixViews, type FixInput } from '../../machines/fix-context.ts'
import { done, routes, thrown, unreached, type Route } from './walk.ts'
import { back, busy, chosen, given, guided, options, stage } from './fix-chart.ts'

const cancel = { type: 'cancel' }
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

function describeInput(input: FixInput): string {
  const named = Object.entries(input).filter(([, value]) => value !== null && value !== false)
  return named.map(([name]) => name).join(', ') || 'no flags'
}

function answers(state: string, value: unknown): AnyEventObject[] {
  return [chosen(value), back, cancel].map((answer) => done(fixMachine, state, answer))
}

/** The states that wait for an actor. */
function asking(): string[] {
  return Object.entries(fixMachine.states).flatMap(([name, { invoke }]) => (invoke.length > 0 ? [name] : []))
}
