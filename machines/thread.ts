import type { Sighting } from './outcome.ts'
import { reasonsOf } from './statuses.ts'
import {
  endingOf,
  idleContext,
  interruption,
  liveSession,
  notPrepared,
  notStarted,
  overdue,
} from './thread-context.ts'
import { delivering } from './thread-delivering.ts'
import { chart } from './thread-setup.ts'

export type { ThreadEvent, ThreadInput } from './thread-setup.ts'

/** The user reopens a thread that did not complete, or marks it as complete. */
const unsettled = chart.createStateConfig({
  on: {
    RESUME: { target: 'running', actions: { type: 'openSession', params: ({ event }) => event } },
    RETRY: { target: 'running', actions: { type: 'openSession', params: ({ event }) => event } },
    SWAP: { target: 'running', actions: { type: 'openSession', params: ({ event }) => event } },
    DELIVER: { guard: 'isDelivered', target: 'running.delivering', actions: 'beginDelivery' },
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
      initial: 'opening',
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
        opening: {
          always: [{ guard: 'isIsolated', target: 'preparing' }, { target: 'starting' }],
        },
        preparing: {
          invoke: {
            src: 'prepareClone',
            input: ({ context }) => liveSession(context),
            onDone: {
              target: 'starting',
              actions: { type: 'recordClone', params: ({ event }) => event.output },
            },
            onError: {
              target: 'ending',
              actions: { type: 'markEnding', params: ({ event }) => notPrepared(event.error) },
            },
          },
        },
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
                target: 'opening',
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
            { guard: 'isCompletedToDeliver', target: 'delivering', actions: 'beginDelivery' },
            { guard: 'isCompleted', target: '#thread.completed' },
            { guard: 'isRefusedByProvider', target: 'nextModel' },
            { guard: 'isFailed', target: '#thread.failed' },
            { target: '#thread.interrupted' },
          ],
        },
        // By way of its clone: what that began with is recorded for each session.
        nextModel: { always: { target: 'opening', actions: 'openFallback' } },
        delivering,
      },
    },
    completed: {
      on: {
        // Its agent gets something more to do.
        RESUME: { target: 'running', actions: { type: 'openSession', params: ({ event }) => event } },
        RETRY: { target: 'running', actions: { type: 'openSession', params: ({ event }) => event } },
        // Its session ended normally, but tasks are still open.
        COMPLETE: { actions: 'settleByUser' },
      },
    },
    failed: { ...unsettled, meta: { reasons: reasonsOf.failed } },
    interrupted: { ...unsettled, meta: { reasons: reasonsOf.interrupted } },
  },
})
