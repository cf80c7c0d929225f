import { continueMachine } from '../../machines/continue.ts'
import type { ContinueInput, Unfinished } from '../../machines/continue-context.ts'
import type { FixAction, FixEnd, FixOutput, FixResult } from '../../machines/fix-context.ts'
import { play, type Played, type Script } from './scripted.ts'

export const back = { type: 'back' }
export const cancel = { type: 'cancel' }
export const broken = new Error('tasks.json can not be read.')

export const clean: Unfinished = { threads: [], failed: [], limited: [] }
export const two: Unfinished = { threads: ['01.01.01', '01.01.02'], failed: ['01.01.02'], limited: [] }
export const limited: Unfinished = {
  threads: ['01.01.01', '01.01.02', '01.01.03'],
  failed: ['01.01.02', '01.01.03'],
  limited: [{ id: '01.01.03', retryAt: '2026-02-03T06:00:00.000Z' }],
}

/** Interrupted threads, which resume without a question of `work run`. */
export const interrupted: Unfinished = { threads: ['01.01.01'], failed: [], limited: [] }

/** Plays the chart with an approved plan and tasks. */
export function playApproved(input: ContinueInput, script: Script): Promise<Played> {
  return play(continueMachine, input, { checkApproval: ['approved'], ...script })
}

export function given(fields: Partial<ContinueInput>): ContinueInput {
  return { way: null, asksAbout: 'unfinished', waits: null, isConfirmed: false, ...fields }
}

export function fixed(end: FixEnd, ...results: FixResult[]): FixOutput {
  return { end, results, order: null, refusal: null, error: null }
}

/** A decision to run a thread. */
export function ordered(thread: string, action: FixAction = 'retry'): FixOutput {
  const texts = { agent: null, fixedStage: null, name: null, description: null, note: null }
  return { ...fixed('ordered'), order: { threads: [thread], action, ...texts } }
}

export function chosen<Value>(value: Value) {
  return { type: 'chosen', value }
}
