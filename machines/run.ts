import { assign, fromPromise, setup } from 'xstate'
import type { SessionStatus } from './statuses.ts'

/** The threads of one batch that have work left, in order. */
export interface RunBatch {
  /** `01.02` */
  id: string
  /** Stage number, padded: `01`. */
  stage: string
  threads: string[]
  /** Those of them that an earlier run has started: they live, however many there are, and want to be watched. */
  begun?: string[] | undefined
}

export interface RunInput {
  /** In order; a batch starts when the one before it is done. */
  batches: RunBatch[]
  /** How many threads may live at once, unless more do already; at least 1. */
  parallel: number
}

/** What a thread of the run came to. */
export interface SettledThread {
  id: string
  status: Exclude<SessionStatus, 'running'>
}

/** How a run ends. `gated`: all went well, and the next stage waits for a person. */
export type RunEnd = 'done' | 'gated' | 'halted' | 'interrupted'

export interface RunOutput {
  end: RunEnd
  settled: SettledThread[]
  /** The batch that was under way or next, where there is one. */
  batch: RunBatch | null
}

export interface RunContext extends RunInput {
  /** Index of the batch that is next or under way. */
  current: number
  /** Threads that wait for a free place: first in, first out. */
  waiting: string[]
  /** Threads that have been started and have not settled. */
  live: string[]
  settled: SettledThread[]
  /** How the run ended; `done` as long as nothing stopped it. */
  end: RunEnd
}

export type RunEvent =
  { type: 'THREAD_SETTLED'; thread: SettledThread } | { type: 'INTERRUPT'; /** At once. */ force: boolean }

const types: { context?: RunContext; events?: RunEvent; input?: RunInput; output?: RunOutput } = {}

const chart = setup({
  types,
  actors: {
    /** Whether a stage may start: the approval of the one before it, read when it is needed. */
    readGate: fromPromise<'open' | 'closed', { stage: string }>(() =>
      Promise.reject(new Error('The engine provides this actor.')),
    ),
    /** Whether others have completed these threads, which settled here as something else: a person may fix one meanwhile. */
    lookAgain: fromPromise<'completed' | 'open', { threads: string[] }>(() =>
      Promise.reject(new Error('The engine provides this actor.')),
    ),
  },
  guards: {
    hasNoBatchLeft: ({ context }) => context.current >= context.batches.length,
    isGateClosed: (_, gate: 'open' | 'closed') => gate === 'closed',
    isBatchCompleted: ({ context }) =>
      isQuiet(context) && context.settled.every((thread) => thread.status === 'completed'),
    isBatchSettled: ({ context }) => isQuiet(context),
    areCompleted: (_, threads: 'completed' | 'open') => threads === 'completed',
    isLive: ({ context }, { thread }: { thread: SettledThread }) => context.live.includes(thread.id),
    isNothingLive: ({ context }) => context.live.length === 0,
  },
  actions: {
    queueThreads: assign(({ context }) => {
      const { threads = [], begun = [] } = batchOf(context) ?? {}
      return { live: begun, waiting: threads.filter((id) => !begun.includes(id)) }
    }),
    admitThreads: assign(({ context }) => {
      const free = Math.max(0, context.parallel - context.live.length)
      return {
        live: [...context.live, ...context.waiting.slice(0, free)],
        waiting: context.waiting.slice(free),
      }
    }),
    /** Gives life to each of these threads that has none yet; the engine tells when one has settled. */
    startThreads: (_, _params: { threadIds: string[] }) => undefined,
    /** Passes the interruption on to every live thread. */
    interruptThreads: (_, _params: { force: boolean }) => undefined,
    settleThread: assign(({ context }, { thread }: { thread: SettledThread }) => ({
      live: context.live.filter((id) => id !== thread.id),
      settled: [...context.settled, thread],
    })),
    completeThreads: assign(({ context }) => ({
      settled: context.settled.map(({ id }) => ({ id, status: 'completed' as const })),
    })),
    dropWaiting: assign({ waiting: [] }),
    advance: assign(({ context }) => ({ current: context.current + 1 })),
    finish: assign((_, params: { end: RunEnd }) => params),
  },
})

/** After a thread was admitted: the effect is told of all that should live. */
const startAdmitted = {
  type: 'startThreads',
  params: ({ context }: { context: RunContext }) => ({ threadIds: context.live }),
} as const

/**
 * A run of a workstream: batch after batch, the threads of each in parallel, until all is done, a thread did not
 * complete, a stage waits for approval, or a person stops it. Threads are ids here; their actors live outside.
 */
export const runMachine = chart.createMachine({
  id: 'run',
  context: ({ input }) => ({ ...input, current: 0, waiting: [], live: [], settled: [], end: 'done' }),
  initial: 'choosing',
  states: {
    choosing: {
      always: [{ guard: 'hasNoBatchLeft', target: 'done' }, { target: 'gate' }],
    },
    gate: {
      invoke: {
        src: 'readGate',
        input: ({ context }) => ({ stage: batchOf(context)?.stage ?? '' }),
        onDone: [
          {
            guard: { type: 'isGateClosed', params: ({ event }) => event.output },
            target: 'gated',
            actions: finish('gated'),
          },
          { target: 'running', actions: ['queueThreads', 'admitThreads', startAdmitted] },
        ],
      },
      on: { INTERRUPT: { target: 'interrupted', actions: finish('interrupted') } },
    },
    running: {
      always: [
        { guard: 'isBatchCompleted', target: 'choosing', actions: 'advance' },
        { guard: 'isBatchSettled', target: 'lookingAgain' },
      ],
      on: {
        THREAD_SETTLED: {
          guard: { type: 'isLive', params: ({ event }) => event },
          actions: [{ type: 'settleThread', params: ({ event }) => event }, 'admitThreads', startAdmitted],
        },
        INTERRUPT: {
          target: 'stopping',
          actions: ['dropWaiting', { type: 'interruptThreads', params: ({ event }) => event }],
        },
      },
    },
    /** All have settled, and not all have completed: as far as this run knows. */
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
          { target: 'halted', actions: finish('halted') },
        ],
      },
      on: { INTERRUPT: { target: 'interrupted', actions: finish('interrupted') } },
    },
    stopping: {
      always: { guard: 'isNothingLive', target: 'interrupted', actions: finish('interrupted') },
      on: {
        THREAD_SETTLED: {
          guard: { type: 'isLive', params: ({ event }) => event },
          actions: { type: 'settleThread', params: ({ event }) => event },
        },
        INTERRUPT: { actions: { type: 'interruptThreads', params: ({ event }) => event } },
      },
    },
    done: { type: 'final' },
    gated: { type: 'final' },
    halted: { type: 'final' },
    interrupted: { type: 'final' },
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

function isQuiet(context: RunContext): boolean {
  return context.live.length === 0 && context.waiting.length === 0
}

function unfinishedOf({ settled }: RunContext): string[] {
  return settled.filter(({ status }) => status !== 'completed').map(({ id }) => id)
}

function batchOf(context: RunContext): RunBatch | undefined {
  return context.batches[context.current]
}
