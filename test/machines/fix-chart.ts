import {
  fixActions,
  type FixAction,
  type FixInput,
  type FixOption,
  type FixStage,
} from '../../machines/fix-context.ts'

export const back = { type: 'back' }
export const stage: FixStage = { mends: '01', name: 'login', description: '' }
export const busy = new Error('Thread 01.01.01 is being run by process 7.')

export const guided = given({})

export function given(fields: Partial<FixInput>): FixInput {
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

/** The options, some of them refused. */
export function options(...refused: FixAction[]): FixOption[] {
  return fixActions.map((action) => ({
    action,
    refusal: refused.includes(action) ? `There is no way to ${action}.` : null,
  }))
}

export function chosen<Value>(value: Value) {
  return { type: 'chosen', value }
}
