import { assign, fromPromise, setup } from 'xstate'
import type { Alive, Ending, Outcome, OutOfReach, Overdue, Settlement, Sighting } from './outcome.ts'
import type { Launch, SessionRecord } from './session.ts'
import { reasonsOf } from './statuses.ts'
import {
  closed,
  endingOf,
  identified,
  idleContext,
  interruption,
  liveSession,
  notStarted,
  opened,
  openedFallback,
  overdue,
  type SessionInput,
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
  | { type: 'INTERRUPT'; /** Without SIGINT and SIGTERM. */ force: boolean }
  /** The user has done its work, or says that it is done. */
  | { type: 'COMPLETE' }
  /** Its session ended while nobody supervised it. */
  | { type: 'SETTLED'; outcome: Outcome }

const types: { context?: ThreadContext; events?: ThreadEvent; input?: ThreadInput } = {}

const chart = setup({
  types,
  actors: {
    /** Starts the session's program, or finds it started: never twice for one token. */
    startSession: fromPromise<Alive, SessionInput>(unprovided),
    /** Waits until the session has ended, is overdue and nobody else ends it, or hangs after its work is done. */
    watchSession: fromPromise<Settlement | Overdue | OutOfReach, SessionInput>(unprovided),
    /** Ends the session, and returns its outcome once no process of it is running; or that it is still running. */
    endSession: fromPromise<Settlement | OutOfReach, SessionInput & { ending: Ending }>(unprovided),
    /** Finds out what happened to a session that another process supervised. */
    reconcileSession: fromPromise<Sighting, SessionInput & { ending: Ending | null }>(unprovided),
  },
  guards: {
    isMoreForceful: ({ context }, event: { force: boolean }) =>
      event.force && context.ending?.force === false,
    isOverdue: (_, sighting: Sighting) => sighting.type === 'overdue',
    isAbsent: (_, sighting: Sighting) => sighting.type === 'absent',
    isEnded: (_, sighting: Sighting) => sighting.type === 'ended',
    isOutOfReach: (_, sighting: Sighting) => sighting.type === 'out-of-reach',
    wasEnding: ({ context }) => context.ending !== null,
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
  },
})

/** The user reopens a thread that did not complete, or marks it as complete. */
const unsettled = chart.createStateConfig({
  on: {
    RESUME: { target: 'running', actions: { type: 'openSession', params: ({ event }) => event } },
    RETRY: { target: 'running', actions: { type: 'openSession', params: ({ event }) => event } },
    SWAP: { target: 'running', actions: { type: 'openSession', params: ({ event }) => event } },
    COMPLETE: { target: 'completed', actions: 'settleByUser' },
  },
})

/** The session is left as it is. */
const leave = {
  guard: { type: 'isOutOfReach', params: ({ event }: { event: { output: Sighting } }) => event.output },
  target: 'outOfReach',
} as const

/**
 * One thread of a plan, from waiting to settled, and reopened by the user. The chart names every effect and contains
 * none: the engine provides the four actors, and each of them first awaits the durable commit of the state that called
 * for it.
 *
 * A restored `running` thread starts nothing by itself: `RESTORED` leads to `reconciling`, which looks for the
 * session.
 */
export const threadMachine = chart.createMachine({
  id: 'thread',
  context: ({ input }) => idleContext(input.threadId, input.sessions),
  initial: 'pending',
  states: {
    pending: {
      on: {
        START: { target: 'running', actions: { type: 'openSession', params: ({ event }) => event } },
        COMPLETE: { target: 'completed', actions: 'settleByUser' },
      },
    },
    running: {
      initial: 'starting',
      on: {
        RESTORED: { target: '.reconciling' },
        SETTLED: {
          target: '.settling',
          actions: { type: 'settleUnsupervised', params: ({ event }) => event },
        },
        INTERRUPT: {
          target: '.ending',
          actions: { type: 'markEnding', params: ({ event }) => interruption(event.force) },
        },
      },
      states: {
        starting: {
          invoke: {
            src: 'startSession',
            input: ({ context }) => liveSession(context),
            onDone: {
              target: 'working',
              actions: { type: 'recordProcess', params: ({ event }) => event.output },
            },
            onError: {
              target: 'ending',
              actions: { type: 'markEnding', params: ({ event }) => notStarted(event.error) },
            },
          },
        },
        working: {
          invoke: {
            src: 'watchSession',
            input: ({ context }) => liveSession(context),
            onDone: [
              {
                guard: { type: 'isOverdue', params: ({ event }) => event.output },
                target: 'ending',
                actions: { type: 'markEnding', params: ({ event }) => overdue(event.output) },
              },
              leave,
              {
                target: 'settling',
                actions: { type: 'closeSession', params: ({ event }) => event.output },
              },
            ],
          },
        },
        reconciling: {
          invoke: {
            src: 'reconcileSession',
            input: ({ context }) => ({ ...liveSession(context), ending: context.ending }),
            onDone: [
              {
                guard: { type: 'isEnded', params: ({ event }) => event.output },
                target: 'settling',
                actions: { type: 'closeSession', params: ({ event }) => event.output },
              },
              leave,
              { guard: 'wasEnding', target: 'ending' },
              {
                guard: { type: 'isAbsent', params: ({ event }) => event.output },
                target: 'starting',
              },
              {
                target: 'working',
                actions: { type: 'recordProcess', params: ({ event }) => event.output },
              },
            ],
          },
        },
        ending: {
          on: {
            INTERRUPT: [
              {
                guard: { type: 'isMoreForceful', params: ({ event }) => event },
                target: 'ending',
                reenter: true,
                actions: { type: 'markEnding', params: ({ event }) => interruption(event.force) },
              },
              // A weaker request than the current one changes nothing.
              {},
            ],
          },
          invoke: {
            src: 'endSession',
            input: ({ context }) => ({ ...liveSession(context), ending: endingOf(context) }),
            onDone: [
              leave,
              {
                target: 'settling',
                actions: { type: 'closeSession', params: ({ event }) => event.output },
              },
            ],
          },
        },
        // Nothing watches it. The next run looks for it again.
        outOfReach: {},
        settling: {
          always: [
            { guard: 'isCompleted', target: '#thread.completed' },
            { guard: 'isRefusedByProvider', target: 'nextModel' },
            { guard: 'isFailed', target: '#thread.failed' },
            { target: '#thread.interrupted' },
          ],
        },
        nextModel: { always: { target: 'starting', actions: 'openFallback' } },
      },
    },
    completed: {
      on: {
        RETRY: { target: 'running', actions: { type: 'openSession', params: ({ event }) => event } },
        // Its session ended normally, but tasks are still open.
        COMPLETE: { actions: 'settleByUser' },
      },
    },
    failed: { ...unsettled, meta: { reasons: reasonsOf.failed } },
    interrupted: { ...unsettled, meta: { reasons: reasonsOf.interrupted } },
  },
})

function unprovided(): Promise<never> {
  return Promise.reject(new Error('The engine provides this actor.'))
}
