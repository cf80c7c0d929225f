import { createActor, fromPromise, toPromise } from 'xstate'
import type { Answer } from '../../machines/answer.ts'
import {
  continueMachine,
  type ContinueInput,
  type ContinueOutput,
  type Unfinished,
  type Way,
} from '../../machines/continue.ts'
import { liveFixMachine, type FixEffects } from './fix-flow.ts'

/** What the continue chart needs of the world, as plain functions: what each does stands in the chart. */
export interface ContinueEffects {
  lookBack: () => Promise<Unfinished>
  askWay: (found: Unfinished) => Promise<Answer<Way>>
  askWait: (found: Unfinished) => Promise<Answer<boolean>>
  waitForProviders: (found: Unfinished) => Promise<'elapsed' | 'cancelled'>
  runRest: (without: readonly string[]) => Promise<void>
  /** For the fix of each thread. */
  fix: FixEffects
}

/** Goes through the continue chart to its end. */
export async function runContinue(input: ContinueInput, effects: ContinueEffects): Promise<ContinueOutput> {
  const machine = continueMachine.provide({
    actors: {
      lookBack: fromPromise<Unfinished>(() => effects.lookBack()),
      askWay: fromPromise<Answer<Way>, Unfinished>(({ input: found }) => effects.askWay(found)),
      fixThread: liveFixMachine(effects.fix),
      askWait: fromPromise<Answer<boolean>, Unfinished>(({ input: found }) => effects.askWait(found)),
      waitForProviders: fromPromise<'elapsed' | 'cancelled', Unfinished>(({ input: found }) =>
        effects.waitForProviders(found),
      ),
      runRest: fromPromise<void, { without: readonly string[] }>(({ input: { without } }) =>
        effects.runRest(without),
      ),
    },
  })
  const actor = createActor(machine, { input })
  actor.start()
  return toPromise(actor)
}
