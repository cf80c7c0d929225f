import type { DeliveryStop } from './delivery.ts'
import { liveDelivery, type StepResult } from './thread-context.ts'
import { chart } from './thread-setup.ts'

interface Done {
  event: { output: StepResult }
}

/** Stores the facts of a step. */
const record = { type: 'recordStep', params: ({ event }: Done) => event.output } as const

/** After a step that ends the delivery. */
const stop = {
  guard: { type: 'stops', params: ({ event }: Done) => event.output },
  target: '#thread.failed',
  actions: record,
} as const

/** git, or the disk, failed in a step. Nothing is lost: the same step is done again by the next delivery. */
const fail = {
  target: '#thread.failed',
  actions: {
    type: 'stopDelivering',
    params: ({ event }: { event: { error: unknown } }): DeliveryStop => ({
      status: 'failed',
      reason: 'tree',
      detail: event.error instanceof Error ? event.error.message : String(event.error),
    }),
  },
} as const

/**
 * The work of a session that has completed gets into the branch of its workstream: a commit of what it left, a merge
 * candidate on the newest tip, verified as it will be, and only then the branch. Without isolation it is only
 * verified. Every step first looks whether it is done already, so a restored delivery begins with the first.
 */
export const delivering = chart.createStateConfig({
  initial: 'choosing',
  on: {
    RESTORED: { target: '.choosing' },
    INTERRUPT: { target: '.stopping' },
    // Its session has ended.
    SETTLED: {},
    // Nobody delivers it: the user has, or gives its work up.
    COMPLETE: { target: '#thread.completed', actions: 'settleByUser' },
  },
  states: {
    choosing: {
      always: [{ guard: 'isMerged', target: 'committing' }, { target: 'verifying' }],
    },
    committing: {
      invoke: {
        src: 'commitWork',
        input: ({ context }) => liveDelivery(context),
        onDone: [
          stop,
          {
            guard: { type: 'isUnchanged', params: ({ event }) => event.output },
            target: '#thread.completed',
            actions: record,
          },
          {
            target: 'waiting',
            actions: record,
          },
        ],
        onError: fail,
      },
    },
    waiting: {
      invoke: {
        src: 'awaitTurn',
        input: ({ context }) => liveDelivery(context),
        onDone: { target: 'merging' },
        onError: fail,
      },
    },
    merging: {
      invoke: {
        src: 'mergeWork',
        input: ({ context }) => liveDelivery(context),
        onDone: [
          stop,
          {
            guard: { type: 'isInBranch', params: ({ event }) => event.output },
            target: '#thread.completed',
            actions: record,
          },
          {
            target: 'verifying',
            actions: record,
          },
        ],
        onError: fail,
      },
    },
    verifying: {
      invoke: {
        src: 'verifyWork',
        input: ({ context }) => liveDelivery(context),
        onDone: [
          stop,
          {
            guard: 'isMerged',
            target: 'advancing',
            actions: record,
          },
          {
            target: '#thread.completed',
            actions: record,
          },
        ],
        onError: fail,
      },
    },
    advancing: {
      invoke: {
        src: 'advanceBranch',
        input: ({ context }) => liveDelivery(context),
        onDone: [
          stop,
          { guard: { type: 'hasMoved', params: ({ event }) => event.output }, target: 'merging' },
          { target: '#thread.completed', actions: record },
        ],
        onError: fail,
      },
    },
    // Until nothing of the step is running any more.
    stopping: {
      on: { INTERRUPT: {}, RESTORED: { target: 'stopping', reenter: true } },
      invoke: {
        src: 'stopDelivery',
        input: ({ context }) => liveDelivery(context),
        onDone: {
          target: '#thread.interrupted',
          actions: { type: 'stopDelivering', params: { status: 'interrupted', reason: 'user' } },
        },
        onError: fail,
      },
    },
  },
})
