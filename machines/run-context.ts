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
  /** In order; a batch starts when the previous one is done. */
  batches: RunBatch[]
  /**
   * All threads that an earlier run has started. They are running, however many there are, and are watched from the
   * beginning, even before the turn of their batch.
   */
  begun?: string[] | undefined
  /** How many threads may run at once, unless more are already running; at least 1. */
  parallel: number
  /** Threads of these batches that ended before this process took over the run: they are not started again. */
  ended?: SettledThread[] | undefined
}

/** The result of a thread in this run. `running`: its session could not be stopped and is left to the next run. */
export interface SettledThread {
  id: string
  status: SessionStatus
}

/**
 * How a run ends. `gated`: everything completed, and the next stage waits for approval. `lost`: its results can't be
 * recorded any more, so its agents keep running without it.
 */
export type RunEnd = 'done' | 'gated' | 'halted' | 'interrupted' | 'lost'

export interface RunOutput {
  end: RunEnd
  settled: SettledThread[]
  /** The current or next batch, if there is one. */
  batch: RunBatch | null
}

export interface RunContext extends RunInput {
  /** Index of the current or next batch. */
  current: number
  /** Threads that wait for a free slot: first in, first out. */
  waiting: string[]
  /** Threads that have been started and whose agents have not ended: each takes one of the `parallel` places. */
  live: string[]
  /** Threads whose agents have ended and whose work is being merged or verified: they take no place. */
  delivering: string[]
  settled: SettledThread[]
  /** How the run ended; `done` as long as nothing stopped it. */
  end: RunEnd
}

export type RunEvent =
  /** The agent of a thread has completed; its work is being delivered. */
  | { type: 'THREAD_WORKED'; threadId: string }
  | { type: 'THREAD_SETTLED'; thread: SettledThread }
  | { type: 'INTERRUPT'; /** Without SIGINT and SIGTERM. */ force: boolean }
  /** These threads stop, or are not started; the others continue. */
  | { type: 'STOP_THREADS'; threadIds: string[]; /** At once. */ force: boolean }
  /** tasks.json stayed unusable longer than the run waits, or another process took over a thread. */
  | { type: 'STATE_LOST' }

/** Whether no thread of the current batch is waiting, running or being delivered. */
export function isBatchQuiet(context: RunContext): boolean {
  const threads = batchOf(context)?.threads ?? []
  return context.waiting.length === 0 && !threads.some((id) => isUnsettled(context, id))
}

/** Whether a thread has been started and is not settled. */
export function isUnsettled({ live, delivering }: RunContext, id: string): boolean {
  return live.includes(id) || delivering.includes(id)
}

/** Threads of the current batch that settled as anything but completed. */
export function unfinishedOf(context: RunContext): string[] {
  const threads = batchOf(context)?.threads ?? []
  return context.settled
    .filter(({ id, status }) => threads.includes(id) && status !== 'completed')
    .map(({ id }) => id)
}

/** Threads of this run that have neither started nor settled. */
export function unstartedOf(context: RunContext): string[] {
  return context.batches
    .flatMap(({ threads }) => threads)
    .filter((id) => !isUnsettled(context, id) && !context.settled.some((thread) => thread.id === id))
}

/** The current or next batch. */
export function batchOf(context: RunContext): RunBatch | undefined {
  return context.batches[context.current]
}
