import { fromPromise } from 'xstate'
import type {
  FixAnswer,
  FixAsked,
  FixInput,
  FixKnown,
  FixOption,
  FixOrder,
  FixResult,
} from './fix-context.ts'

type Ids = readonly string[]

/** What the fix chart lets the command do. */
export interface FixEffects {
  /** The ids of the threads that can be fixed, of those that were named. */
  loadThreads: (named: FixInput['threads']) => Promise<Ids>
  /** Finds out what can be done to the threads. */
  inspectThreads: (threads: Ids) => Promise<readonly FixOption[]>
  /** Shows what the answer depends on, and asks a question. */
  ask: (asked: FixAsked) => Promise<FixAnswer>
  /** Shows the log, opens the session, or lets the user edit agents.yaml. */
  viewThreads: (known: FixKnown) => Promise<void>
  /** Marks the threads as completed. */
  completeThreads: (threads: Ids) => Promise<void>
  /** Runs the threads, or adds the stage. */
  carryOut: (order: FixOrder) => Promise<FixResult>
  /** Shows the result of the last order. */
  tellResult: (result: FixResult | null) => Promise<void>
  /** Shows why something was refused. Rejects with what is not a refusal. */
  tellRefusal: (error: unknown) => Promise<void>
}

/** The actors of the fix chart. */
export function fixActors(effects: FixEffects) {
  return {
    loadThreads: actor(effects.loadThreads),
    inspectThreads: actor(effects.inspectThreads),
    ask: actor(effects.ask),
    viewThreads: actor(effects.viewThreads),
    completeThreads: actor(effects.completeThreads),
    carryOut: actor(effects.carryOut),
    tellResult: actor(effects.tellResult),
    tellRefusal: actor(effects.tellRefusal),
  }
}

/** Stands for the effects in a chart that is only drawn or walked through. */
export const unprovidedFix: FixEffects = {
  loadThreads: unprovided,
  inspectThreads: unprovided,
  ask: unprovided,
  viewThreads: unprovided,
  completeThreads: unprovided,
  carryOut: unprovided,
  tellResult: unprovided,
  tellRefusal: unprovided,
}

function actor<Input, Output>(effect: (input: Input) => Promise<Output>) {
  return fromPromise<Output, Input>(({ input }) => effect(input))
}

function unprovided(): Promise<never> {
  return Promise.reject(new Error('The command provides this actor.'))
}
