import { assign, fromPromise, setup } from 'xstate'
import type { SessionStatus } from './statuses.ts'

/** The threads of one batch that have work left, in order. */
export interface RunBatch {
  /** `01.02` */
  id: string
  /** Stage number, padded: `01`. */
  stage: string
  threads: string[]
}

export interface RunInput {
  /** In order; a batch starts when the one before it is done. */
  batches: RunBatch[]
  /**
   * Those of all their threads that an earlier run has started: they live, however many there are, and are watched from
   * the beginning, whenever the turn of their batch comes.
   */
  begun?: string[] | undefined
  /** How many threads may live at once, unless more do already; at least 1. */
  parallel: number
  /** Threads of these batches that ended before this process took the run over: they are not started again. */
  ended?: SettledThread[] | undefined
}

/** What a thread of the run came to. `running`: its session could not be ended, and is left to the next run. */
export interface SettledThread {
  id: string
  status: SessionStatus
}

/**
 * How a run ends. `gated`: all went well, and the next stage waits for a person. `lost`: what it records can't be
 * recorded any more, so its agents keep running without it.
 */
export type RunEnd = 'done' | 'gated' | 'halted' | 'interrupted' | 'lost'

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
  | { type: 'THREAD_SETTLED'; thread: SettledThread }
  | { type: 'INTERRUPT'; /** At once. */ force: boolean }
  /** These threads stop, or are not started; the others continue. */
  | { type: 'STOP_THREADS'; threadIds: string[]; /** At once. */ force: boolean }
  /** tasks.json stayed away longer than it was waited for, or another process took a thread over. */
  | { type: 'STATE_LOST' }

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
    isGateOpen: (_, gate: 'open' | 'closed') => gate === 'open',
    isBatchCompleted: ({ context }) => isBatchQuiet(context) && unfinishedOf(context).length === 0,
    isBatchSettled: ({ context }) => isBatchQuiet(context),
    areCompleted: (_, threads: 'completed' | 'open') => threads === 'completed',
    isLive: ({ context }, { thread }: { thread: SettledThread }) => context.live.includes(thread.id),
    isNothingLive: ({ context }) => context.live.length === 0,
    isForced: (_, { force }: { force: boolean }) => force,
  },
  delays: {
    /** How long threads may take to end by force, in milliseconds: the engine says. */
    patience: 0,
  },
  actions: {
    queueThreads: assign(({ context }) => {
      const isNew = (id: string) =>
        !context.live.includes(id) && !context.settled.some((thread) => thread.id === id)
      return { waiting: batchOf(context)?.threads.filter(isNew) ?? [] }
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
    /** Passes an interruption on to those of these threads that are running. */
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
    settleThread: assign(({ context }, { thread }: { thread: SettledThread }) => ({
      live: context.live.filter((id) => id !== thread.id),
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

/** After a thread was admitted: the effect is told of all that should live. */
const startAdmitted = {
  type: 'startThreads',
  params: ({ context }: { context: RunContext }) => ({ threadIds: context.live }),
} as const

/** A thread that lives has settled, and nothing is started in its place. */
const settling = chart.createStateConfig({
  on: {
    THREAD_SETTLED: {
      guard: { type: 'isLive', params: ({ event }) => event },
      actions: { type: 'settleThread', params: ({ event }) => event },
    },
  },
})

/** Some threads stop, and the run continues without them. */
const stopSome = {
  type: 'interruptThese',
  params: ({ event }: { event: { threadIds: string[]; force: boolean } }) => event,
} as const

/**
 * A run of a workstream: batch after batch, the threads of each in parallel, until all is done, a thread did not
 * complete, a stage waits for approval, or a person stops it. Threads are ids here; their actors live outside.
 */
export const runMachine = chart.createMachine({
  id: 'run',
  context: ({ input }) => ({
    ...input,
    current: 0,
    waiting: [],
    live: input.begun ?? [],
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
          // What lives already, at first.
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
              guard: { type: 'isLive', params: ({ event }) => event },
              actions: [
                { type: 'settleThread', params: ({ event }) => event },
                'admitThreads',
                startAdmitted,
              ],
            },
          },
        },
        /** All of the batch have settled, and not all have completed: as far as this run knows. */
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
        // What lives of later batches is watched to its end; a person may approve or fix meanwhile.
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

/** Whether nothing of the batch that is under way waits or lives. */
function isBatchQuiet(context: RunContext): boolean {
  const threads = batchOf(context)?.threads ?? []
  return context.waiting.length === 0 && !threads.some((id) => context.live.includes(id))
}

/** Threads of that batch that settled as something else than completed. */
function unfinishedOf(context: RunContext): string[] {
  const threads = batchOf(context)?.threads ?? []
  return context.settled
    .filter(({ id, status }) => threads.includes(id) && status !== 'completed')
    .map(({ id }) => id)
}

/** Threads of this run that have neither started nor settled. */
function unstartedOf({ batches, live, settled }: RunContext): string[] {
  return batches
    .flatMap(({ threads }) => threads)
    .filter((id) => !live.includes(id) && !settled.some((thread) => thread.id === id))
}

function batchOf(context: RunContext): RunBatch | undefined {
  return context.batches[context.current]
}
