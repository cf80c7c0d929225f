import { createActor, fromPromise, toPromise } from 'xstate'
import type { Answer } from '../../machines/answer.ts'
import { continueMachine } from '../../machines/continue.ts'
import type {
  Approvals,
  ContinueInput,
  ContinueOutput,
  RunStop,
  Unfinished,
  Way,
} from '../../machines/continue-context.ts'
import type { FixEffects } from '../../machines/fix-actors.ts'
import type { FixOrder, FixResult } from '../../machines/fix-context.ts'
import { liveFixMachine } from './run-fix.ts'

/** The effects of the continue chart as plain functions; the chart says what each does. */
export interface ContinueEffects {
  checkApproval: () => Promise<Approvals>
  askApproval: () => Promise<Answer<true>>
  approvePlan: () => Promise<void>
  lookBack: () => Promise<Unfinished>
  askWay: (found: Unfinished) => Promise<Answer<Way>>
  askWait: (found: Unfinished) => Promise<Answer<boolean>>
  waitForProviders: (found: Unfinished) => Promise<'elapsed' | 'cancelled'>
  runRest: (without: readonly string[]) => Promise<RunStop>
  askStage: (stage: string) => Promise<Answer<true>>
  approveStage: (stage: string) => Promise<void>
  askFixes: (orders: readonly FixOrder[]) => Promise<Answer<true>>
  runFixes: (orders: readonly FixOrder[]) => Promise<readonly FixResult[]>
  /** For the decision about each thread. */
  fix: FixEffects
}

type Orders = { orders: readonly FixOrder[] }

/** Goes through the continue chart to its end. */
export async function runContinue(input: ContinueInput, effects: ContinueEffects): Promise<ContinueOutput> {
  const machine = continueMachine.provide({
    actors: {
      checkApproval: fromPromise<Approvals>(() => effects.checkApproval()),
      askApproval: fromPromise<Answer<true>>(() => effects.askApproval()),
      approvePlan: fromPromise<void>(() => effects.approvePlan()),
      lookBack: fromPromise<Unfinished>(() => effects.lookBack()),
      askWay: fromPromise<Answer<Way>, Unfinished>(({ input: found }) => effects.askWay(found)),
      fixThread: liveFixMachine(effects.fix),
      askFixes: fromPromise<Answer<true>, Orders>(({ input: { orders } }) => effects.askFixes(orders)),
      runFixes: fromPromise<readonly FixResult[], Orders>(({ input: { orders } }) =>
        effects.runFixes(orders),
      ),
      askWait: fromPromise<Answer<boolean>, Unfinished>(({ input: found }) => effects.askWait(found)),
      waitForProviders: fromPromise<'elapsed' | 'cancelled', Unfinished>(({ input: found }) =>
        effects.waitForProviders(found),
      ),
      runRest: fromPromise<RunStop, { without: readonly string[] }>(({ input: { without } }) =>
        effects.runRest(without),
      ),
      askStage: fromPromise<Answer<true>, { stage: string }>(({ input: { stage } }) =>
        effects.askStage(stage),
      ),
      approveStage: fromPromise<void, { stage: string }>(({ input: { stage } }) =>
        effects.approveStage(stage),
      ),
    },
  })
  const actor = createActor(machine, { input })
  actor.start()
  return toPromise(actor)
}
