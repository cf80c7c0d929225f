import { fromPromise } from 'xstate'
import type { DraftEffects } from './draft-context.ts'

/** The actors of the draft chart. */
export function draftActors(effects: DraftEffects) {
  return {
    look: actor(effects.look),
    askRequest: actor(effects.askRequest),
    keepRequest: actor(effects.keepRequest),
    draft: actor(effects.draft),
    askAfterFailure: actor(effects.askAfterFailure),
    check: actor(effects.check),
    askInvalid: actor(effects.askInvalid),
    keepProblems: actor(effects.keepProblems),
    askReview: actor(effects.askReview),
    answerQuestions: actor(effects.answerQuestions),
    edit: actor(effects.edit),
    approve: actor(effects.approve),
    leave: actor(effects.leave),
  }
}

/** Stands for the effects in a chart that is only drawn or walked through. */
export const unprovidedDraft: DraftEffects = {
  look: unprovided,
  askRequest: unprovided,
  keepRequest: unprovided,
  draft: unprovided,
  askAfterFailure: unprovided,
  check: unprovided,
  askInvalid: unprovided,
  keepProblems: unprovided,
  askReview: unprovided,
  answerQuestions: unprovided,
  edit: unprovided,
  approve: unprovided,
  leave: unprovided,
}

function actor<Input, Output>(effect: (input: Input) => Promise<Output>) {
  return fromPromise<Output, Input>(({ input }) => effect(input))
}

function unprovided(): Promise<never> {
  return Promise.reject(new Error('The command provides this actor.'))
}
