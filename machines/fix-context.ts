import type { Answer } from './answer.ts'

/** What can be ordered for threads that did not complete. */
export const fixActions = ['resume', 'retry', 'swap', 'stage'] as const
export type FixAction = (typeof fixActions)[number]

/** What the user can look at or change before the decision; the question is asked again afterwards. */
export const fixViews = ['log', 'attach', 'agents'] as const
export type FixView = (typeof fixViews)[number]

/**
 * An answer to the question what to do. `complete`: mark the threads as completed by hand. `skip`: leave them as they are
 * and continue with the others.
 */
export type FixChoice = FixAction | FixView | 'complete' | 'skip'

/** A stage to add, which fixes an earlier one. */
export interface FixStage {
  /** The stage to fix: number or name. */
  mends: string
  name: string
  description: string
}

/** What is known in advance; null for what must be asked. */
export interface FixInput {
  /** `failed`: every thread that failed or was interrupted. */
  threads: readonly string[] | 'failed' | null
  /** `best`: to resume where that can be, else to retry. */
  action: FixAction | 'best' | null
  agent: string | null
  stage: FixStage | null
  note: string | null
  /** Nothing has to be confirmed. */
  isConfirmed: boolean
  /** Only to show what would be done. */
  isPreview: boolean
  /** The order is not carried out but returned: the caller collects several and runs them together. */
  isCollected: boolean
}

/** An action, and why it can't be done to the chosen threads; null when it can. */
export interface FixOption {
  action: FixAction
  refusal: string | null
}

/** An action that can't be done, and another that can; null when none can. */
export interface FixRefusal extends FixOption {
  instead: FixAction | null
}

/** What to do, once all questions are answered. */
export interface FixOrder {
  threads: readonly string[]
  action: FixAction
  agent: string | null
  stage: FixStage | null
  note: string | null
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
  /** Threads that can be fixed. */
  candidates: readonly string[]
  threads: readonly string[]
  /** Threads that the user skipped. */
  skipped: readonly string[]
  options: readonly FixOption[]
  view: FixView | null
  action: FixAction | null
  agent: string | null
  stage: FixStage | null
  note: string | null
  /** The questions that were answered, in order: the way back. */
  asked: readonly Question[]
  results: readonly FixResult[]
  error: unknown
  end: FixEnd
}

export type Question = 'thread' | 'action' | 'agent' | 'stage' | 'note'

export interface Loaded {
  candidates: readonly string[]
}

/** What can be done to the chosen threads. */
export interface Inspected {
  options: readonly FixOption[]
}

/** Whether a choice only shows something, or changes agents.yaml. */
export function isView(choice: FixChoice | undefined): choice is FixView {
  return fixViews.some((view) => view === choice)
}

/** Whether a choice is something to order. */
export function isAction(choice: FixChoice | undefined): choice is FixAction {
  return fixActions.some((action) => action === choice)
}

/** The value of an answer; undefined when it is none. */
export function valueOf<Value>(answer: Answer<Value>): Value | undefined {
  return answer.type === 'chosen' ? answer.value : undefined
}

/** The action that was given in advance, among those there are. */
export function givenAction({ input }: FixContext, options: readonly FixOption[]): FixOption | undefined {
  if (input.action !== 'best') return options.find(({ action }) => action === input.action)
  const [resume, retry] = (['resume', 'retry'] as const).map((action) =>
    options.find((option) => option.action === action),
  )
  return resume?.refusal === null ? resume : retry
}

/** Why the action that was given in advance is not possible; null when none was given. */
export function refusalOf(context: FixContext): FixRefusal | null {
  const given = givenAction(context, context.options)
  const instead = context.options.find(({ refusal }) => refusal === null)?.action ?? null
  return given === undefined ? null : { ...given, instead }
}

/** The order that the answers add up to. */
export function orderOf({ threads, action, agent, stage, note }: FixContext): FixOrder {
  return { threads, action: action ?? 'retry', agent, stage, note: note === '' ? null : note }
}

/** Whether optional questions are left out. */
export function isUnattended(input: FixInput): boolean {
  return input.isConfirmed || input.isPreview
}

/** Whether the flow ends after one order, as with named threads; otherwise the user is offered the next one. */
export function isOnce({ threads, action }: FixInput): boolean {
  return threads !== null || action === 'stage'
}

/** What is known before a question was asked. */
export function unanswered({ agent, stage, note }: FixInput) {
  return { threads: [], options: [], view: null, action: null, agent, stage, note }
}

/** One answer back: that of the last question, and all that came after it, are no more. */
export function forgotten(context: FixContext): Partial<FixContext> {
  const { input, asked } = context
  const before = { asked: asked.slice(0, -1) }
  switch (asked.at(-1)) {
    case 'thread':
      return { ...before, ...unanswered(input) }
    case 'action':
      return { ...before, action: null, agent: input.agent, stage: input.stage, note: input.note }
    case 'agent':
      return { ...before, agent: null, note: input.note }
    case 'stage':
      return { ...before, stage: null }
    case 'note':
      return { ...before, note: null }
    case undefined:
      return {}
  }
}
