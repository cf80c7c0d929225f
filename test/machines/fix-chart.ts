import {
  fixActions,
  type FixAction,
  type FixInput,
  type FixKnown,
  type FixOption,
} from '../../machines/fix-context.ts'
import type { Played } from './scripted.ts'

export const stage = { fixedStage: '01', name: 'login', description: '' }
export const busy = new Error('Thread 01.01.01 is being run by process 7.')

export const guided = given({})

export function given(fields: Partial<FixInput>): FixInput {
  return {
    threads: null,
    action: null,
    agent: null,
    fixedStage: null,
    name: null,
    description: null,
    note: null,
    isConfirmed: false,
    isCollected: false,
    ...fields,
  }
}

/** The options, some of them refused. */
export function options(...refused: FixAction[]): FixOption[] {
  return fixActions.map((action) => ({
    action,
    refusal: refused.includes(action) ? `There is no way to ${action}.` : null,
  }))
}

/** The user's answers, in the order of the questions. */
export function answers(...values: (Partial<FixKnown> | 'back' | 'cancel')[]) {
  return values.map((answer) =>
    typeof answer === 'string' ? { type: answer } : { type: 'chosen', value: answer },
  )
}

/** The actors and the questions, in the order they were started and asked. */
export function way({ calls }: Played): string {
  return calls
    .map(({ actor, input }) =>
      typeof input === 'object' && input !== null && 'question' in input ? input.question : actor,
    )
    .join(' ')
}
