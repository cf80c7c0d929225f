import { createActor, toPromise } from 'xstate'
import { draftActors } from '../../machines/draft-actors.ts'
import type { DraftEffects, DraftInput, DraftOutput } from '../../machines/draft-context.ts'
import { draftMachine } from '../../machines/draft.ts'

/** Goes through the draft chart to its end. */
export async function runDraft(input: DraftInput, effects: DraftEffects): Promise<DraftOutput> {
  const actor = createActor(draftMachine.provide({ actors: draftActors(effects) }), { input })
  actor.start()
  return toPromise(actor)
}
