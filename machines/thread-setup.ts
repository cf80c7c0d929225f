import { assign, fromPromise, setup } from 'xstate'
import type { Alive, Ending, Outcome, OutOfReach, Overdue, Settlement, Sighting } from './outcome.ts'
import type { Advanced, Committed, DeliveryStop, MergeResult, VerifyResult } from './delivery.ts'
import type { CloneStart, Launch, SessionRecord } from './session.ts'
import {
  cloned,
  closed,
  deliveryBegun,
  deliveryStopped,
  identified,
  opened,
  openedFallback,
  stopAfter,
  stepped,
  type DeliveryInput,
  type SessionInput,
  type StepResult,
  type ThreadContext,
} from './thread-context.ts'

export interface ThreadInput {
  threadId: string
  sessions: SessionRecord[]
}

export type ThreadEvent =
  | ({ type: 'START' } & Launch)
  | ({ type: 'RESUME' } & Launch)
  | ({ type: 'RETRY' } & Launch)
  | ({ type: 'SWAP' } & Launch)
  | { type: 'RESTORED' }
  /** The work of its last session is delivered, again or at last: no agent runs. */
  | { type: 'DELIVER' }
  | { type: 'INTERRUPT'; /** Without SIGINT and SIGTERM. */ force: boolean }
  /** The user has done its work, or says that it is done. */
  | { type: 'COMPLETE' }
  /** Its session ended while nobody supervised it. */
  | { type: 'SETTLED'; outcome: Outcome }

const types: { context?: ThreadContext; events?: ThreadEvent; input?: ThreadInput } = {}

/** The actors, guards and actions of a thread's chart. */
export const chart = setup({
  types,
  actors: {
    /** Makes the session's clone, or finds it made: never the main working tree. */
    prepareClone: fromPromise<CloneStart, SessionInput>(unprovided),
    /** Starts the session's program, or finds it started: never twice for one token. */
    startSession: fromPromise<Alive, SessionInput>(unprovided),
    /** Waits until the session has ended, is overdue and nobody else ends it, or hangs after its work is done. */
    watchSession: fromPromise<Settlement | Overdue | OutOfReach, SessionInput>(unprovided),
    /** Ends the session, and returns its outcome once no process of it is running; or that it is still running. */
    endSession: fromPromise<Settlement | OutOfReach, SessionInput & { ending: Ending }>(unprovided),
    /** Finds out what happened to a session that another process supervised. */
    reconcileSession: fromPromise<Sighting, SessionInput & { ending: Ending | null }>(unprovided),
    /** Makes a commit of everything that the agent left in its clone. */
    commitWork: fromPromise<Committed, DeliveryInput>(unprovided),
    /** Waits until the earlier threads of the batch are merged or have stopped, and nobody else merges. */
    awaitTurn: fromPromise<void, DeliveryInput>(unprovided),
    /** Merges the commit with the workstream's branch, in memory. */
    mergeWork: fromPromise<MergeResult, DeliveryInput>(unprovided),
    /** Runs the verify commands: on the candidate, or without isolation in the main working tree. */
    verifyWork: fromPromise<VerifyResult, DeliveryInput>(unprovided),
    /** Makes the candidate the workstream's branch. */
    advanceBranch: fromPromise<Advanced, DeliveryInput>(unprovided),
    /** Ends what a step of the delivery has started. */
    stopDelivery: fromPromise<void, DeliveryInput>(unprovided),
  },
  guards: {
    isMoreForceful: ({ context }, event: { force: boolean }) =>
      event.force && context.ending?.force === false,
    isOverdue: (_, sighting: Sighting) => sighting.type === 'overdue',
    isAbsent: (_, sighting: Sighting) => sighting.type === 'absent',
    isEnded: (_, sighting: Sighting) => sighting.type === 'ended',
    isOutOfReach: (_, sighting: Sighting) => sighting.type === 'out-of-reach',
    wasEnding: ({ context }) => context.ending !== null,
    isIsolated: ({ context }) => context.sessions.at(-1)?.branch !== undefined,
    isMerged: ({ context }) => context.sessions.at(-1)?.deliver === 'merge',
    isDelivered: ({ context }) => context.sessions.at(-1)?.deliver !== undefined,
    isCompletedToDeliver: ({ context }) =>
      context.outcome?.status === 'completed' && context.sessions.at(-1)?.deliver !== undefined,
    stops: (_, result: StepResult) => stopAfter(result) !== undefined,
    isUnchanged: (_, result: Committed) => result.type === 'committed' && !result.changed,
    isInBranch: (_, result: MergeResult) => result.type === 'merged',
    hasMoved: (_, result: Advanced) => result.type === 'moved',
    isCompleted: ({ context }) => context.outcome?.status === 'completed',
    isFailed: ({ context }) => context.outcome?.status === 'failed',
    isRefusedByProvider: ({ context }) =>
      context.outcome?.status === 'failed' &&
      context.outcome.reason === 'provider' &&
      context.fallbacks.length > 0,
  },
  actions: {
    openSession: assign(({ context }, launch: Launch) => opened(context, launch)),
    openFallback: assign(({ context }) => openedFallback(context)),
    recordProcess: assign(({ context }, sighting: Sighting) => identified(context, sighting)),
    markEnding: assign((_, ending: Ending) => ({ ending, fallbacks: [] })),
    closeSession: assign(({ context }, sighting: Sighting) => closed(context, sighting)),
    /** Closes a session that nobody watched: no other model is tried. */
    settleUnsupervised: assign(({ context }, { outcome }: { outcome: Outcome }) => ({
      ...closed(context, { type: 'ended', outcome }),
      fallbacks: [],
    })),
    settleByUser: assign({ settledBy: 'user' as const }),
    recordClone: assign(({ context }, clone: CloneStart) => cloned(context, clone)),
    beginDelivery: assign(({ context }) => deliveryBegun(context)),
    recordStep: assign(({ context }, result: StepResult) => stepped(context, result)),
    stopDelivering: assign(({ context }, stop: DeliveryStop) => deliveryStopped(context, stop)),
  },
})

function unprovided(): Promise<never> {
  return Promise.reject(new Error('The engine provides this actor.'))
}
