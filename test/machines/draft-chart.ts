import type { DraftCheck, DraftInput, DraftStage, DraftStanding } from '../../machines/draft-context.ts'

export const back = { type: 'back' } as const
export const cancel = { type: 'cancel' } as const
export const busy = new Error('The file can not be written.')

export const goal = { kind: 'goal', text: 'Add a search box.' } as const
export const sentence = { kind: 'revise', text: 'Docs last.' } as const

/** A user on a terminal, who says nothing in advance. */
export function given(fields: Partial<DraftInput> = {}): DraftInput {
  return { request: null, isConfirmed: false, canAsk: true, retries: false, ...fields }
}

export function standing(stage: DraftStage, fields: Partial<DraftStanding> = {}): DraftStanding {
  return { stage, repairs: 0, isByHand: false, ...fields }
}

export const sound: DraftCheck = { problems: [], questions: 0 }
export const unclear: DraftCheck = { problems: [], questions: 2 }
export const broken: DraftCheck = { problems: ['PLAN.draft.md:3: Stage 01 has no batches.'], questions: 0 }

export function chosen<Value>(value: Value) {
  return { type: 'chosen', value } as const
}
