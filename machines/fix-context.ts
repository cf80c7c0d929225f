import type { Answer } from './answer.ts'

type Ids = readonly string[]

/** What can be ordered for threads that did not complete. `deliver`: only merge or verify their work again. */
export const fixActions = ['resume', 'deliver', 'retry', 'swap', 'stage'] as const
export type FixAction = (typeof fixActions)[number]

/** What the user can look at or change before the decision; the question is asked again afterwards. */
export const fixViews = ['hand', 'log', 'attach', 'agents'] as const
export type FixView = (typeof fixViews)[number]

/**
 * An answer to the question what to do. `complete`: mark the threads as completed by hand. `skip`: leave them as they are
 * and continue with the others.
 */
export type FixChoice = FixAction | FixView | 'complete' | 'skip'

/** Answers that are texts; null for what was not answered. */
export interface FixTexts {
  agent: string | null
  /** The stage that a new one fixes, by number or name; by default that of the threads. */
  fixedStage: string | null
  /** Of the new stage. */
  name: string | null
  description: string | null
  note: string | null
}

/** What is known in advance; null for what must be asked. */
export interface FixInput extends FixTexts {
  /** `failed`: every thread that failed or was interrupted. */
  threads: Ids | 'failed' | null
  /** `best`: to resume where that can be, else to retry. */
  action: FixAction | 'best' | null
  /** Nothing has to be confirmed. */
  isConfirmed: boolean
  /** The order is not carried out but returned: the caller collects several and runs them together. */
  isCollected: boolean
}

/** What is known so far, by flags, answers and a look at the threads; null for what is not. */
export interface FixKnown extends FixTexts {
  /** Threads that can be fixed. */
  candidates: Ids | null
  /** Those of them that are fixed next. */
  threads: Ids | null
  /** What can be done to these. */
  options: readonly FixOption[] | null
  action: FixChoice | null
  /** The threads may be marked as completed. */
  isDone: boolean
  /** The order may be carried out. */
  isConfirmed: boolean
}

/** An action, and why it can't be done to the chosen threads; null when it can. */
export interface FixOption {
  action: FixAction
  refusal: string | null
  /** It is what helps first: nothing but this is left to do. */
  isBest?: true
}

/** An action that can't be done, and another that can; null when none can. */
export interface FixRefusal extends FixOption {
  instead: FixAction | null
}

/** What to do, once all questions are answered. */
export interface FixOrder extends FixTexts {
  threads: Ids
  action: FixAction
}

/** The result of an order; `marked` when threads were marked as completed instead. */
export type FixResult = 'completed' | 'failed' | 'interrupted' | 'added' | 'marked'

/**
 * How the flow ends. `ordered`: with an order for the caller; `skipped`: the user skipped all threads; `left`: the user went back
 * from the first question; `cancelled`: the user pressed Ctrl-C; `refused`: what flags ask for can't be done; `nothing`: there
 * is no thread to fix.
 */
export type FixEnd = 'done' | 'ordered' | 'skipped' | 'nothing' | 'refused' | 'left' | 'cancelled' | 'failed'

export interface FixOutput {
  end: FixEnd
  /** The result of each order. */
  results: readonly FixResult[]
  /** For `ordered`. */
  order: FixOrder | null
  /** For `refused`. */
  refusal: FixRefusal | null
  /** For `failed`: what was thrown. */
  error: unknown
}

export interface FixContext {
  input: FixInput
  known: FixKnown
  /** What was known before each question that was asked, oldest first: the way back. */
  past: readonly FixKnown[]
  /** The last one. */
  answer: FixAnswer | null
  /** Threads that the user skipped. */
  skipped: Ids
  results: readonly FixResult[]
  error: unknown
  end: FixEnd
}

/** A question, and what is known so far. */
export interface FixAsked {
  question: FixQuestion
  known: FixKnown
  /** What the answers add up to; complete before the confirmation. */
  order: FixOrder
}

/** The answer to a question: what is known with it. */
export type FixAnswer = Answer<Partial<FixKnown>>

/**
 * The questions in their order, by the states that ask them, and whether each is settled: by a flag or an answer, or because
 * another answer makes it pointless.
 */
export const fixQuestions = {
  choosingThreads: ({ threads }) => threads !== null,
  choosingAction: ({ action }) => action !== null,
  confirmingCompletion: ({ isDone }) => isDone,
  choosingAgent: ({ action, agent }) => action !== 'swap' || agent !== null,
  choosingStage: ({ action, fixedStage, threads }) =>
    action !== 'stage' || fixedStage !== null || threads?.length !== 0,
  namingStage: ({ action, name }) => action !== 'stage' || name !== null,
  describingStage: ({ action, description }) => action !== 'stage' || description !== null,
  writingNote: ({ action, note, isConfirmed }) => action === 'stage' || note !== null || isConfirmed,
  confirmingOrder: ({ isConfirmed }) => isConfirmed,
} satisfies Record<string, (known: FixKnown) => boolean>

export type FixQuestion = keyof typeof fixQuestions

/** What is known before anything was asked or looked at. A new stage needs no thread. */
export function givenBy(input: FixInput): FixKnown {
  const { threads, action, agent, fixedStage, name, description, note, isConfirmed } = input
  return {
    agent,
    fixedStage,
    name,
    description,
    note,
    isConfirmed,
    candidates: null,
    threads: threads === null && action === 'stage' ? [] : null,
    options: null,
    action: action === 'best' ? null : action,
    isDone: false,
  }
}

/** Why the action can't be done, and what can be; null when it can. */
export function refusalOf({ action, options }: FixKnown): FixRefusal | null {
  const option = options?.find((one) => one.action === action)
  if (options === null || option === undefined || option.refusal === null) return null
  return { ...option, instead: options.find(({ refusal }) => refusal === null)?.action ?? null }
}

/** What helps first; otherwise to resume where that can be, else to retry. */
export function bestOf(options: readonly FixOption[]): FixAction {
  const best = options.find(({ isBest, refusal }) => isBest === true && refusal === null)
  if (best !== undefined) return best.action
  const canResume = options.some(({ action, refusal }) => action === 'resume' && refusal === null)
  return canResume ? 'resume' : 'retry'
}

/** The order that the answers add up to. */
export function orderOf(known: FixKnown): FixOrder {
  const { threads, agent, fixedStage, name, description, note } = known
  const action = fixActions.find((one) => one === known.action) ?? 'retry'
  return {
    threads: threads ?? [],
    action,
    agent,
    fixedStage,
    name,
    description,
    note: note === '' ? null : note,
  }
}

/** Whether the flow ends after one order, as with named threads; otherwise the user is offered the next one. */
export function isOnce({ threads, action }: FixInput): boolean {
  return threads !== null || action === 'stage'
}
