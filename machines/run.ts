import { assign, fromPromise, setup } from 'xstate'
import {
  batchOf,
  isBatchQuiet,
  isUnsettled,
  unfinishedOf,
  unstartedOf,
  type RunContext,
  type RunEnd,
  type RunEvent,
  type RunInput,
  type RunOutput,
  type SettledThread,
} from './run-context.ts'

const types: { context?: RunContext; events?: RunEvent; input?: RunInput; output?: RunOutput } = {}

const chart = setup({
  types,
  actors: {
    /** Whether a stage may start: reads the approval of the previous stage at that moment. */
    readGate: fromPromise<'open' | 'closed', { stage: string }>(() =>
      Promise.reject(new Error('The engine provides this actor.')),
    ),
    /**
     * Whether these threads, which did not complete in this run, were completed by others in the meantime, for example
     * by a manual fix.
     */
    lookAgain: fromPromise<'completed' | 'open', { threads: string[] }>(() =>
      Promise.reject(new Error('The engine provides this actor.')),
    ),
  },
  guards: {
    hasNoBatchLeft: ({ context }) => context.current >= context.batches.length,
    isGateOpen: (_, gate: 'open' | 'closed') => gate === 'open',
    isBatchCompleted: ({ context }) => isBatchQuiet(context) && unfinishedOf(context).length === 0,
    isBatchSettled: ({ context }) => isBatchQuiet(context),
    areCompleted: (_, threads: 'completed' | 'open') => threads === 'completed',
    isLive: ({ context }, { threadId }: { threadId: string }) => context.live.includes(threadId),
    isUnsettled: ({ context }, { thread }: { thread: SettledThread }) => isUnsettled(context, thread.id),
    isNothingLive: ({ context }) => context.live.length === 0 && context.delivering.length === 0,
    isForced: (_, { force }: { force: boolean }) => force,
  },
  delays: {
    /** Time for threads to end after a kill, in milliseconds; set by the engine. */
    patience: 0,
  },
  actions: {
    queueThreads: assign(({ context }) => {
      const isNew = (id: string) =>
        !isUnsettled(context, id) && !context.settled.some((thread) => thread.id === id)
      return { waiting: batchOf(context)?.threads.filter(isNew) ?? [] }
    }),
    admitThreads: assign(({ context }) => {
      const free = Math.max(0, context.parallel - context.live.length)
      return {
        live: [...context.live, ...context.waiting.slice(0, free)],
        waiting: context.waiting.slice(free),
      }
    }),
    /** Starts each of these threads that is not running yet; the engine reports when one has settled. */
    startThreads: (_, _params: { threadIds: string[] }) => undefined,
    /** Passes the interruption to every running thread. */
    interruptThreads: (_, _params: { force: boolean }) => undefined,
    /** Passes an interruption to the running ones of these threads. */
    interruptThese: (_, _params: { threadIds: string[]; force: boolean }) => undefined,
    /** Threads that have not been started count as interrupted, so that nothing after their batch starts. */
    dropThreads: assign(({ context }, { threadIds }: { threadIds: string[] }) => ({
      waiting: context.waiting.filter((id) => !threadIds.includes(id)),
      settled: [
        ...context.settled,
        ...unstartedOf(context)
          .filter((id) => threadIds.includes(id))
          .map((id) => ({ id, status: 'interrupted' as const })),
      ],
    })),
    freePlace: assign(({ context }, { threadId }: { threadId: string }) => ({
      live: context.live.filter((id) => id !== threadId),
      delivering: [...context.delivering, threadId],
    })),
    settleThread: assign(({ context }, { thread }: { thread: SettledThread }) => ({
      live: context.live.filter((id) => id !== thread.id),
      delivering: context.delivering.filter((id) => id !== thread.id),
      settled: [...context.settled, thread],
    })),
    completeThreads: assign(({ context }) => {
      const unfinished = unfinishedOf(context)
      return {
        settled: context.settled.map((thread) =>
          unfinished.includes(thread.id) ? { ...thread, status: 'completed' as const } : thread,
        ),
      }
    }),
    dropWaiting: assign({ waiting: [] }),
    advance: assign(({ context }) => ({ current: context.current + 1 })),
    finish: assign((_, params: { end: RunEnd }) => params),
  },
})

/** After threads were admitted: starts those that should be running. */
const startAdmitted = {
  type: 'startThreads',
  params: ({ context }: { context: RunContext }) => ({ threadIds: context.live }),
} as const

/** A running thread has settled, and nothing is started in its place. */
const settling = chart.createStateConfig({
  on: {
    THREAD_SETTLED: {
      guard: { type: 'isUnsettled', params: ({ event }) => event },
      actions: { type: 'settleThread', params: ({ event }) => event },
    },
    THREAD_WORKED: {
      guard: { type: 'isLive', params: ({ event }) => event },
      actions: { type: 'freePlace', params: ({ event }) => event },
    },
  },
})

/** Some threads stop, and the run continues without them. */
const stopSome = {
  type: 'interruptThese',
  params: ({ event }: { event: { threadIds: string[]; force: boolean } }) => event,
} as const

/**
 * A run of a workstream: one batch after another, the threads of each in parallel, until everything is done, a thread
 * did not complete, a stage waits for approval, or the user stops it. Threads are ids here; their actors are outside.
 */
export const runMachine = chart.createMachine({
  id: 'run',
  context: ({ input }) => ({
    ...input,
    current: 0,
    waiting: [],
    live: input.begun ?? [],
    delivering: [],
    settled: input.ended ?? [],
    end: 'done',
  }),
  initial: 'going',
  on: {
    STATE_LOST: { target: '#run.lost', actions: ['dropWaiting', finish('lost')] },
  },
  states: {
    going: {
      initial: 'choosing',
      on: {
        ...settling.on,
        INTERRUPT: [
          {
            guard: { type: 'isForced', params: ({ event }) => event },
            target: 'forcing',
            actions: ['dropWaiting', { type: 'interruptThreads', params: ({ event }) => event }],
          },
          {
            target: 'stopping',
            actions: ['dropWaiting', { type: 'interruptThreads', params: ({ event }) => event }],
          },
        ],
        STOP_THREADS: {
          actions: [{ type: 'dropThreads', params: ({ event }) => event }, stopSome],
        },
      },
      states: {
        choosing: {
          // At first, the threads that are already running.
          entry: startAdmitted,
          always: [{ guard: 'hasNoBatchLeft', target: '#run.done' }, { target: 'gate' }],
        },
        gate: {
          invoke: {
            src: 'readGate',
            input: ({ context }) => ({ stage: batchOf(context)?.stage ?? '' }),
            onDone: [
              {
                guard: { type: 'isGateOpen', params: ({ event }) => event.output },
                target: 'running',
                actions: ['queueThreads', 'admitThreads', startAdmitted],
              },
              { guard: 'isNothingLive', target: '#run.gated', actions: finish('gated') },
              { target: 'gating' },
            ],
          },
        },
        running: {
          always: [
            { guard: 'isBatchCompleted', target: 'choosing', actions: 'advance' },
            { guard: 'isBatchSettled', target: 'lookingAgain' },
          ],
          on: {
            THREAD_SETTLED: {
              guard: { type: 'isUnsettled', params: ({ event }) => event },
              actions: [
                { type: 'settleThread', params: ({ event }) => event },
                'admitThreads',
                startAdmitted,
              ],
            },
            THREAD_WORKED: {
              guard: { type: 'isLive', params: ({ event }) => event },
              actions: [{ type: 'freePlace', params: ({ event }) => event }, 'admitThreads', startAdmitted],
            },
          },
        },
        /** All threads of the batch have settled, and not all have completed as far as this run knows. */
        lookingAgain: {
          invoke: {
            src: 'lookAgain',
            input: ({ context }) => ({ threads: unfinishedOf(context) }),
            onDone: [
              {
                guard: { type: 'areCompleted', params: ({ event }) => event.output },
                target: 'choosing',
                actions: ['completeThreads', 'advance'],
              },
              { guard: 'isNothingLive', target: '#run.halted', actions: finish('halted') },
              { target: 'halting' },
            ],
          },
        },
        // Running threads of later batches are watched to their end; the user may approve or fix in the meantime.
        gating: {
          always: { guard: 'isNothingLive', target: 'gate' },
        },
        halting: {
          always: { guard: 'isNothingLive', target: 'lookingAgain' },
        },
      },
    },
    stopping: {
      always: { guard: 'isNothingLive', target: 'interrupted', actions: finish('interrupted') },
      on: {
        ...settling.on,
        INTERRUPT: {
          guard: { type: 'isForced', params: ({ event }) => event },
          target: 'forcing',
          actions: { type: 'interruptThreads', params: ({ event }) => event },
        },
        STOP_THREADS: { actions: stopSome },
      },
    },
    forcing: {
      ...settling,
      always: { guard: 'isNothingLive', target: 'interrupted', actions: finish('interrupted') },
      after: { patience: { target: 'interrupted', actions: finish('interrupted') } },
    },
    done: { type: 'final' },
    gated: { type: 'final' },
    halted: { type: 'final' },
    interrupted: { type: 'final' },
    lost: { type: 'final' },
  },
  output: ({ context }) => ({
    end: context.end,
    settled: context.settled,
    batch: batchOf(context) ?? null,
  }),
})

function finish<End extends RunEnd>(end: End) {
  return { type: 'finish', params: { end } } as const
}
