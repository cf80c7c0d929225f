import { createActor, fromPromise, toPromise } from 'xstate'
import type { Answer } from '../../machines/answer.ts'
import { fixMachine } from '../../machines/fix.ts'
import type {
  FixChoice,
  FixInput,
  FixOption,
  FixOrder,
  FixOutput,
  FixResult,
  FixStage,
  FixView,
} from '../../machines/fix-context.ts'

type Ids = readonly string[]

/** The effects of the fix chart as plain functions; the chart says what each does. */
export interface FixEffects {
  loadThreads: (threads: FixInput['threads']) => Promise<Ids>
  askThread: (candidates: Ids) => Promise<Answer<Ids>>
  inspectThreads: (threads: Ids) => Promise<readonly FixOption[]>
  askAction: (threads: Ids, options: readonly FixOption[]) => Promise<Answer<FixChoice>>
  viewThreads: (threads: Ids, view: FixView) => Promise<void>
  completeThreads: (threads: Ids) => Promise<'completed' | 'declined'>
  askAgent: (threads: Ids) => Promise<Answer<string>>
  askStage: (threads: Ids) => Promise<Answer<FixStage>>
  askNote: (threads: Ids) => Promise<Answer<string>>
  askConfirmation: (order: FixOrder) => Promise<Answer<true>>
  previewOrder: (order: FixOrder) => Promise<void>
  runThreads: (order: FixOrder) => Promise<RunOrderResult>
  addStage: (order: FixOrder) => Promise<void>
  tellResult: (result: FixResult | null, error: unknown) => Promise<void>
}

/** The result of an order that runs threads. */
export type RunOrderResult = Exclude<FixResult, 'added' | 'marked'>

/** Goes through the fix chart to its end. */
export async function runFix(input: FixInput, effects: FixEffects): Promise<FixOutput> {
  const actor = createActor(liveFixMachine(effects), { input })
  actor.start()
  return toPromise(actor)
}

/** The fix chart with actors that do something. */
export function liveFixMachine(effects: FixEffects): typeof fixMachine {
  type Threads = { threads: Ids }
  return fixMachine.provide({
    actors: {
      loadThreads: fromPromise<Ids, Pick<FixInput, 'threads'>>(({ input }) =>
        effects.loadThreads(input.threads),
      ),
      askThread: fromPromise<Answer<Ids>, { candidates: Ids }>(({ input }) =>
        effects.askThread(input.candidates),
      ),
      inspectThreads: fromPromise<readonly FixOption[], Threads>(({ input }) =>
        effects.inspectThreads(input.threads),
      ),
      askAction: fromPromise<Answer<FixChoice>, Threads & { options: readonly FixOption[] }>(({ input }) =>
        effects.askAction(input.threads, input.options),
      ),
      viewThreads: fromPromise<void, Threads & { view: FixView }>(({ input }) =>
        effects.viewThreads(input.threads, input.view),
      ),
      completeThreads: fromPromise<'completed' | 'declined', Threads>(({ input }) =>
        effects.completeThreads(input.threads),
      ),
      askAgent: fromPromise<Answer<string>, Threads>(({ input }) => effects.askAgent(input.threads)),
      askStage: fromPromise<Answer<FixStage>, Threads>(({ input }) => effects.askStage(input.threads)),
      askNote: fromPromise<Answer<string>, Threads>(({ input }) => effects.askNote(input.threads)),
      askConfirmation: fromPromise<Answer<true>, FixOrder>(({ input }) => effects.askConfirmation(input)),
      previewOrder: fromPromise<void, FixOrder>(({ input }) => effects.previewOrder(input)),
      runThreads: fromPromise<RunOrderResult, FixOrder>(({ input }) => effects.runThreads(input)),
      addStage: fromPromise<void, FixOrder>(({ input }) => effects.addStage(input)),
      tellResult: fromPromise<void, { result: FixResult | null; error: unknown }>(({ input }) =>
        effects.tellResult(input.result, input.error),
      ),
    },
  })
}
