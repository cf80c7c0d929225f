import { assign, setup } from 'xstate'

/** The parts of a thread on the board that matter for keys. */
export interface BoardThread {
  id: string
  /** It is running or waiting for a slot, so it can be stopped. */
  canStop: boolean
  /** It has a session, so it has a log. */
  hasLog: boolean
}

export interface BoardContext {
  /** In display order. */
  threads: readonly BoardThread[]
  /** The thread under the pointer, or whose log is shown. */
  chosen: string | null
}

export type BoardEvent =
  /** Threads have started or ended. */
  | { type: 'THREADS'; threads: readonly BoardThread[] }
  | { type: 'DETACH' | 'LOG' | 'STOP' | 'HELP' | 'UP' | 'DOWN' | 'ENTER' | 'BACK' }

const types: { context?: BoardContext; events?: BoardEvent } = {}

const chart = setup({
  types,
  guards: {
    hasOneLog: ({ context }) => withLog(context).length === 1,
    hasLog: ({ context }) => withLog(context).length > 0,
    canStop: ({ context }) => stoppable(context).length > 0,
    isNothingToStop: ({ context }) => stoppable(context).length === 0,
    isLogGone: ({ context }) => withLog(context).length === 0,
  },
  actions: {
    setThreads: assign((_, { threads }: { threads: readonly BoardThread[] }) => ({ threads })),
    pointAtLog: assign(({ context }) => ({ chosen: nearest(withLog(context), context) })),
    pointAtStop: assign(({ context }) => ({ chosen: nearest(stoppable(context), context) })),
    moveAmongLogs: assign(({ context }, { by }: { by: number }) => ({
      chosen: moved(withLog(context), context.chosen, by),
    })),
    moveAmongStops: assign(({ context }, { by }: { by: number }) => ({
      chosen: moved(stoppable(context), context.chosen, by),
    })),
    /** The run continues in another process, and this one ends. */
    detach: () => undefined,
    stopThread: (_, _params: { threadId: string }) => undefined,
  },
})

const choosing = {
  log: [
    { guard: 'hasOneLog', target: 'reading', actions: 'pointAtLog' },
    { guard: 'hasLog', target: 'choosingLog', actions: 'pointAtLog' },
  ],
} as const

/**
 * What the keys of the board do while a run is shown. Ctrl-C is not a key of the board: it stops the run in every
 * state.
 */
export const boardMachine = chart.createMachine({
  id: 'board',
  context: { threads: [], chosen: null },
  initial: 'watching',
  on: {
    THREADS: { actions: { type: 'setThreads', params: ({ event }) => event } },
  },
  states: {
    watching: {
      on: {
        DETACH: { target: 'detaching', actions: 'detach' },
        LOG: [...choosing.log],
        STOP: { guard: 'canStop', target: 'choosingStop', actions: 'pointAtStop' },
        HELP: 'help',
      },
    },
    choosingLog: {
      always: { guard: 'isLogGone', target: 'watching' },
      on: {
        THREADS: {
          actions: [{ type: 'setThreads', params: ({ event }) => event }, 'pointAtLog'],
        },
        UP: { actions: { type: 'moveAmongLogs', params: { by: -1 } } },
        DOWN: { actions: { type: 'moveAmongLogs', params: { by: 1 } } },
        ENTER: 'reading',
        BACK: 'watching',
      },
    },
    reading: {
      on: {
        UP: { actions: { type: 'moveAmongLogs', params: { by: -1 } } },
        DOWN: { actions: { type: 'moveAmongLogs', params: { by: 1 } } },
        LOG: 'watching',
        ENTER: 'watching',
        BACK: 'watching',
      },
    },
    choosingStop: {
      always: { guard: 'isNothingToStop', target: 'watching' },
      on: {
        THREADS: {
          actions: [{ type: 'setThreads', params: ({ event }) => event }, 'pointAtStop'],
        },
        UP: { actions: { type: 'moveAmongStops', params: { by: -1 } } },
        DOWN: { actions: { type: 'moveAmongStops', params: { by: 1 } } },
        ENTER: {
          target: 'watching',
          actions: { type: 'stopThread', params: ({ context }) => ({ threadId: context.chosen ?? '' }) },
        },
        BACK: 'watching',
      },
    },
    help: {
      on: { HELP: 'watching', ENTER: 'watching', BACK: 'watching' },
    },
    // Another process takes over, so no key has an effect any more.
    detaching: {},
  },
})

function withLog({ threads }: BoardContext): string[] {
  return threads.filter(({ hasLog }) => hasLog).map(({ id }) => id)
}

function stoppable({ threads }: BoardContext): string[] {
  return threads.filter(({ canStop }) => canStop).map(({ id }) => id)
}

/** The chosen thread if it is one of these, otherwise the first running thread, otherwise the first thread. */
function nearest(ids: readonly string[], { chosen, threads }: BoardContext): string | null {
  if (chosen !== null && ids.includes(chosen)) return chosen
  return ids.find((id) => threads.some((thread) => thread.id === id && thread.canStop)) ?? ids[0] ?? null
}

/** The next one in this direction, stopping at the ends. */
function moved(ids: readonly string[], chosen: string | null, by: number): string | null {
  const at = chosen === null ? -1 : ids.indexOf(chosen)
  return ids[Math.min(ids.length - 1, Math.max(0, at + by))] ?? null
}
