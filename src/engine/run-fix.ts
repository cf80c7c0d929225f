import { createActor, toPromise } from 'xstate'
import { fixActors, type FixEffects } from '../../machines/fix-actors.ts'
import { fixMachine } from '../../machines/fix.ts'
import type { FixInput, FixOutput } from '../../machines/fix-context.ts'

/** Goes through the fix chart to its end. */
export async function runFix(input: FixInput, effects: FixEffects): Promise<FixOutput> {
  const actor = createActor(liveFixMachine(effects), { input })
  actor.start()
  return toPromise(actor)
}

/** The fix chart with actors that do something. */
export function liveFixMachine(effects: FixEffects): typeof fixMachine {
  return fixMachine.provide({ actors: fixActors(effects) })
}
