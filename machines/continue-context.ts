import type { FixInput, FixOrder, FixRefusal } from './fix-context.ts'

/**
 * What to do about threads that did not complete. `skip`: leave out those that failed. `retry`: run them all again.
 * `fix`: decide about one after the other, then run the fixes together.
 */
export type Way = 'skip' | 'retry' | 'fix' | 'abort'

/** What is known in advance; null for what must be asked. */
export interface ContinueInput {
  way: Exclude<Way, 'abort'> | null
  /** Whether the question is asked for any unfinished threads, or only if some of them failed. */
  asksAbout: 'unfinished' | 'failed'
  /** Whether to wait for rate-limited providers instead of skipping their threads. */
  waits: boolean | null
  /** Ask nothing; the first choice answers every open question. */
  isConfirmed: boolean
}

/** What earlier runs left unfinished: ids in plan order. */
export interface Unfinished {
  /** Threads that ran, are not completed, and are not running now. */
  threads: readonly string[]
  /** The failed ones among them. They are left alone unless someone fixes them. */
  failed: readonly string[]
  /** The failed ones whose provider is rate-limited, and until when (ISO). */
  limited: readonly { id: string; retryAt: string }[]
}

/**
 * How the flow ends. `unfinished`: after the requested fixes, threads are still not completed. `planned`: a fix added
 * a stage to the plan, which must be approved before anything runs. `cancelled`: the user left the flow.
 */
export type ContinueEnd =
  'done' | 'aborted' | 'unfinished' | 'planned' | 'cancelled' | 'interrupted' | 'failed'

/** Whether the plan and its tasks are approved in their current form. `unapproved` only if the user can be asked. */
export type Approvals = 'approved' | 'unapproved'

/** How a run ended: the finished stage (`01`) that waits for approval, or null. */
export interface RunStop {
  gate: string | null
}

/** A fix that is not possible for these threads, and why. */
export interface Refused {
  threads: readonly string[]
  option: FixRefusal
}

export interface ContinueOutput {
  end: ContinueEnd
  /** For `failed`: what was thrown, or which fix was refused. */
  error: unknown
  refused: Refused | null
}

/** What the user decided about a thread. */
export interface Decision {
  thread: string
  order: FixOrder | null
}

export interface ContinueContext {
  input: ContinueInput
  found: Unfinished
  /** Threads about which nothing is decided yet. */
  queue: readonly string[]
  /** Decisions so far, oldest first: the order for a thread, or none for one that is skipped. */
  decisions: readonly Decision[]
  hasFixed: boolean
  /** Threads that the run leaves alone. */
  without: readonly string[]
  /** The stage whose approval the run stopped for. */
  gate: string | null
  error: unknown
  refused: Refused | null
  end: ContinueEnd
}

/** What was thrown, or why a fix was refused. */
export interface Failure {
  error: unknown
  refusal?: FixRefusal | null
}

/** The orders that were decided on. */
export function ordersOf({ decisions }: ContinueContext): FixOrder[] {
  return decisions.flatMap(({ order }) => order ?? [])
}

/** Input for the first thread of the queue. Everything else is asked, unless prompts are off. */
export function nextFix({ queue, input }: ContinueContext): FixInput {
  return {
    threads: queue.slice(0, 1),
    action: input.isConfirmed ? 'best' : null,
    agent: null,
    fixedStage: null,
    name: null,
    description: null,
    note: null,
    isConfirmed: input.isConfirmed,
    isCollected: true,
  }
}
