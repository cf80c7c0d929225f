import { assign, fromPromise, setup } from 'xstate'
import type { Answer } from './answer.ts'
import {
  forgotten,
  givenAction,
  isOnce,
  isUnattended,
  orderOf,
  refusalOf,
  unanswered,
  valueOf,
  isAction,
  isView,
  type FixChoice,
  type FixContext,
  type FixEnd,
  type FixInput,
  type FixOption,
  type FixOrder,
  type FixOutput,
  type FixResult,
  type FixStage,
  type FixView,
  type Inspected,
  type Loaded,
} from './fix-context.ts'

const types: { context?: FixContext; input?: FixInput; output?: FixOutput } = {}

const chart = setup({
  types,
  actors: {
    /** The ids of the threads that can be fixed, of those that were named. */
    loadThreads: fromPromise<readonly string[], { threads: FixInput['threads'] }>(unprovided),
    askThread: fromPromise<Answer<readonly string[]>, { candidates: readonly string[] }>(unprovided),
    /** Shows what the threads have been through, and finds out what can be done to them. */
    inspectThreads: fromPromise<readonly FixOption[], { threads: readonly string[] }>(unprovided),
    askAction: fromPromise<Answer<FixChoice>, { threads: readonly string[]; options: readonly FixOption[] }>(
      unprovided,
    ),
    /** Shows the log, opens the session, or lets the user edit agents.yaml. */
    viewThreads: fromPromise<void, { threads: readonly string[]; view: FixView }>(unprovided),
    /** Marks the threads as completed, if the user confirms it. */
    completeThreads: fromPromise<'completed' | 'declined', { threads: readonly string[] }>(unprovided),
    askAgent: fromPromise<Answer<string>, { threads: readonly string[] }>(unprovided),
    askStage: fromPromise<Answer<FixStage>, { threads: readonly string[] }>(unprovided),
    askNote: fromPromise<Answer<string>, { threads: readonly string[] }>(unprovided),
    /** Shows what is going to be done; the only value is to continue. */
    askConfirmation: fromPromise<Answer<true>, FixOrder>(unprovided),
    previewOrder: fromPromise<void, FixOrder>(unprovided),
    runThreads: fromPromise<Exclude<FixResult, 'added' | 'marked'>, FixOrder>(unprovided),
    addStage: fromPromise<void, FixOrder>(unprovided),
    /** Shows the result of the last order, or what went wrong with it. */
    tellResult: fromPromise<void, { result: FixResult | null; error: unknown }>(unprovided),
  },
  guards: {
    isStageWithoutThread: ({ context: { input } }) => input.action === 'stage' && input.threads === null,
    isNothingLeft: (_, { candidates }: Loaded) => candidates.length === 0,
    isNothingMoreLeft: ({ context }, { candidates }: Loaded) =>
      candidates.length === 0 && context.results.length > 0,
    areAllSkipped: ({ context }, { candidates }: Loaded) =>
      candidates.length === 0 && context.skipped.length > 0,
    /** Named threads, or the only one. */
    needsNoChoice: ({ context }, { candidates }: Loaded) =>
      context.input.threads !== null || candidates.length === 1,
    isGivenActionRefused: ({ context }, { options }: Inspected) =>
      context.input.action !== null && givenAction(context, options)?.refusal !== null,
    isActionGiven: ({ context }) => context.input.action !== null,
    isChosen: (_, { answer }: { answer: Answer<unknown> }) => answer.type === 'chosen',
    choosesAction: (_, { answer }: { answer: Answer<FixChoice> }) => isAction(valueOf(answer)),
    choosesView: (_, { answer }: { answer: Answer<FixChoice> }) => isView(valueOf(answer)),
    choosesComplete: (_, { answer }: { answer: Answer<FixChoice> }) => valueOf(answer) === 'complete',
    choosesLastSkip: ({ context }, { answer }: { answer: Answer<FixChoice> }) =>
      valueOf(answer) === 'skip' && isOnce(context.input),
    choosesSkip: (_, { answer }: { answer: Answer<FixChoice> }) => valueOf(answer) === 'skip',
    isCompleted: (_, { completion }: { completion: 'completed' | 'declined' }) => completion === 'completed',
    isBack: (_, { answer }: { answer: Answer<unknown> }) => answer.type === 'back',
    needsAgent: ({ context }) => context.action === 'swap' && context.agent === null,
    needsStage: ({ context }) => context.action === 'stage' && context.stage === null,
    needsNote: ({ context }) =>
      context.action !== 'stage' && context.note === null && !isUnattended(context.input),
    isPreview: ({ context }) => context.input.isPreview,
    isConfirmed: ({ context }) => context.input.isConfirmed,
    isCollected: ({ context }) => context.input.isCollected,
    isStage: ({ context }) => context.action === 'stage',
    wasThreadAsked: ({ context }) => context.asked.at(-1) === 'thread',
    wasActionAsked: ({ context }) => context.asked.at(-1) === 'action',
    wasAgentAsked: ({ context }) => context.asked.at(-1) === 'agent',
    wasStageAsked: ({ context }) => context.asked.at(-1) === 'stage',
    wasNoteAsked: ({ context }) => context.asked.at(-1) === 'note',
    hasActed: ({ context }) => context.results.length > 0,
    isOver: ({ context }) => isOnce(context.input) || context.results.at(-1) === 'interrupted',
    isOnce: ({ context }) => isOnce(context.input),
  },
  actions: {
    takeCandidates: assign((_, { candidates }: Loaded) => ({ candidates })),
    takeGivenThreads: assign((_, { candidates }: Loaded) => ({ threads: candidates })),
    takeThreads: assign(({ context }, { answer }: { answer: Answer<readonly string[]> }) => ({
      threads: valueOf(answer) ?? [],
      asked: [...context.asked, 'thread' as const],
    })),
    takeOptions: assign((_, { options }: Inspected) => ({ options })),
    takeGivenAction: assign(({ context }, { options }: Inspected) => ({
      action: givenAction(context, options)?.action ?? null,
    })),
    takeStageAction: assign({ action: 'stage' as const }),
    takeAction: assign(({ context }, { answer }: { answer: Answer<FixChoice> }) => {
      const choice = valueOf(answer)
      return { action: isAction(choice) ? choice : null, asked: [...context.asked, 'action' as const] }
    }),
    takeView: assign((_, { answer }: { answer: Answer<FixChoice> }) => {
      const choice = valueOf(answer)
      return { view: isView(choice) ? choice : null }
    }),
    /** The next question is about the other threads. */
    skipThreads: assign(({ context }) => ({
      ...unanswered(context.input),
      skipped: [...context.skipped, ...context.threads],
      asked: [],
    })),
    takeAgent: assign(({ context }, { answer }: { answer: Answer<string> }) => ({
      agent: valueOf(answer) ?? null,
      asked: [...context.asked, 'agent' as const],
    })),
    takeStage: assign(({ context }, { answer }: { answer: Answer<FixStage> }) => ({
      stage: valueOf(answer) ?? null,
      asked: [...context.asked, 'stage' as const],
    })),
    takeNote: assign(({ context }, { answer }: { answer: Answer<string> }) => ({
      note: valueOf(answer) ?? null,
      asked: [...context.asked, 'note' as const],
    })),
    /** Goes back to a question: its answer, and all that came after it, are no more. */
    forgetAnswer: assign(({ context }) => forgotten(context)),
    /** The next thread begins with what was known in advance. */
    forgetAnswers: assign(({ context }) => ({ ...unanswered(context.input), asked: [], error: null })),
    keepResult: assign(({ context }, { result }: { result: FixResult }) => ({
      results: [...context.results, result],
      error: null,
    })),
    keepError: assign((_, { error }: { error: unknown }) => ({ error })),
    finish: assign((_, params: { end: FixEnd }) => params),
  },
})

/** What can't be carried out ends the flow; the caller reports what was thrown. */
const onError = {
  target: '#fix.failed',
  actions: {
    type: 'keepError',
    params: ({ event }: { event: { error: unknown } }) => ({ error: event.error }),
  },
} as const

/** After a question: the answer, or back, or away. */
const goBack = {
  guard: { type: 'isBack', params: answerOf },
  target: '#fix.goingBack',
} as const
const cancel = { target: '#fix.cancelled' } as const

/**
 * From a thread that did not complete back to work: which thread, what to do, which agent, and only then the order. A step
 * whose answer is known in advance is left out, so that flags and questions lead the same way. Each question leads back
 * to the one before it.
 */
export const fixMachine = chart.createMachine({
  id: 'fix',
  context: ({ input }) => ({
    input,
    candidates: [],
    skipped: [],
    ...unanswered(input),
    asked: [],
    results: [],
    error: null,
    end: 'done',
  }),
  initial: 'beginning',
  states: {
    beginning: {
      always: [
        { guard: 'isStageWithoutThread', target: 'preparing', actions: 'takeStageAction' },
        { target: 'loading' },
      ],
    },
    loading: {
      invoke: {
        src: 'loadThreads',
        input: ({ context }) => ({ threads: context.input.threads }),
        onDone: [
          { guard: { type: 'isNothingMoreLeft', params: loaded }, target: 'done' },
          { guard: { type: 'areAllSkipped', params: loaded }, target: 'skipped' },
          { guard: { type: 'isNothingLeft', params: loaded }, target: 'nothing' },
          {
            guard: { type: 'needsNoChoice', params: loaded },
            target: 'inspecting',
            actions: { type: 'takeGivenThreads', params: loaded },
          },
          { target: 'choosingThread', actions: { type: 'takeCandidates', params: loaded } },
        ],
        onError,
      },
    },
    choosingThread: {
      invoke: {
        src: 'askThread',
        input: ({ context }) => ({ candidates: context.candidates }),
        onDone: [
          {
            guard: { type: 'isChosen', params: answerOf },
            target: 'inspecting',
            actions: { type: 'takeThreads', params: answerOf },
          },
          goBack,
          cancel,
        ],
        onError,
      },
    },
    inspecting: {
      invoke: {
        src: 'inspectThreads',
        input: ({ context }) => ({ threads: context.threads }),
        onDone: [
          {
            guard: { type: 'isGivenActionRefused', params: inspected },
            target: 'refused',
            actions: { type: 'takeOptions', params: inspected },
          },
          {
            guard: 'isActionGiven',
            target: 'preparing',
            actions: { type: 'takeGivenAction', params: inspected },
          },
          { target: 'choosingAction', actions: { type: 'takeOptions', params: inspected } },
        ],
        onError,
      },
    },
    choosingAction: {
      invoke: {
        src: 'askAction',
        input: ({ context }) => ({ threads: context.threads, options: context.options }),
        onDone: [
          {
            guard: { type: 'choosesAction', params: answerOf },
            target: 'preparing',
            actions: { type: 'takeAction', params: answerOf },
          },
          {
            guard: { type: 'choosesView', params: answerOf },
            target: 'viewing',
            actions: { type: 'takeView', params: answerOf },
          },
          { guard: { type: 'choosesComplete', params: answerOf }, target: 'completing' },
          { guard: { type: 'choosesLastSkip', params: answerOf }, target: 'skipped' },
          { guard: { type: 'choosesSkip', params: answerOf }, target: 'loading', actions: 'skipThreads' },
          goBack,
          cancel,
        ],
        onError,
      },
    },
    /** Looks again afterwards: agents.yaml may have other agents, and a session may have been continued by hand. */
    viewing: {
      invoke: {
        src: 'viewThreads',
        input: ({ context }) => ({ threads: context.threads, view: context.view ?? 'log' }),
        onDone: { target: 'inspecting' },
        onError,
      },
    },
    completing: {
      invoke: {
        src: 'completeThreads',
        input: ({ context }) => ({ threads: context.threads }),
        onDone: [
          {
            guard: { type: 'isCompleted', params: completionOf },
            target: 'reporting',
            actions: { type: 'keepResult', params: { result: 'marked' } },
          },
          { target: 'inspecting' },
        ],
        onError,
      },
    },
    /** Asks for what is still missing, then acts. */
    preparing: {
      always: [
        { guard: 'needsAgent', target: 'choosingAgent' },
        { guard: 'needsStage', target: 'namingStage' },
        { guard: 'needsNote', target: 'writingNote' },
        { guard: 'isPreview', target: 'previewing' },
        { guard: 'isCollected', target: 'ordered' },
        { guard: 'isConfirmed', target: 'acting' },
        { target: 'confirming' },
      ],
    },
    choosingAgent: {
      invoke: {
        src: 'askAgent',
        input: ({ context }) => ({ threads: context.threads }),
        onDone: [
          {
            guard: { type: 'isChosen', params: answerOf },
            target: 'preparing',
            actions: { type: 'takeAgent', params: answerOf },
          },
          goBack,
          cancel,
        ],
        onError,
      },
    },
    namingStage: {
      invoke: {
        src: 'askStage',
        input: ({ context }) => ({ threads: context.threads }),
        onDone: [
          {
            guard: { type: 'isChosen', params: answerOf },
            target: 'preparing',
            actions: { type: 'takeStage', params: answerOf },
          },
          goBack,
          cancel,
        ],
        onError,
      },
    },
    writingNote: {
      invoke: {
        src: 'askNote',
        input: ({ context }) => ({ threads: context.threads }),
        onDone: [
          {
            guard: { type: 'isChosen', params: answerOf },
            target: 'preparing',
            actions: { type: 'takeNote', params: answerOf },
          },
          goBack,
          cancel,
        ],
        onError,
      },
    },
    confirming: {
      invoke: {
        src: 'askConfirmation',
        input: ({ context }) => orderOf(context),
        onDone: [{ guard: { type: 'isChosen', params: answerOf }, target: 'acting' }, goBack, cancel],
        onError,
      },
    },
    goingBack: {
      always: [
        { guard: 'wasThreadAsked', target: 'choosingThread', actions: 'forgetAnswer' },
        { guard: 'wasActionAsked', target: 'choosingAction', actions: 'forgetAnswer' },
        { guard: 'wasAgentAsked', target: 'choosingAgent', actions: 'forgetAnswer' },
        { guard: 'wasStageAsked', target: 'namingStage', actions: 'forgetAnswer' },
        { guard: 'wasNoteAsked', target: 'writingNote', actions: 'forgetAnswer' },
        { guard: 'hasActed', target: 'done' },
        { target: 'left' },
      ],
    },
    previewing: {
      invoke: {
        src: 'previewOrder',
        input: ({ context }) => orderOf(context),
        onDone: { target: 'done' },
        onError,
      },
    },
    acting: {
      always: [{ guard: 'isStage', target: 'addingStage' }, { target: 'running' }],
    },
    running: {
      invoke: {
        src: 'runThreads',
        input: ({ context }) => orderOf(context),
        onDone: {
          target: 'reporting',
          actions: { type: 'keepResult', params: ({ event }) => ({ result: event.output }) },
        },
        onError: [
          { ...onError, guard: 'isOnce' },
          { ...onError, target: 'reporting' },
        ],
      },
    },
    addingStage: {
      invoke: {
        src: 'addStage',
        input: ({ context }) => orderOf(context),
        onDone: { target: 'reporting', actions: { type: 'keepResult', params: { result: 'added' } } },
        onError: [
          { ...onError, guard: 'isOnce' },
          { ...onError, target: 'reporting' },
        ],
      },
    },
    reporting: {
      invoke: {
        src: 'tellResult',
        input: ({ context: { error, results } }) => ({
          result: error === null ? (results.at(-1) ?? null) : null,
          error,
        }),
        onDone: [
          { guard: 'isOver', target: 'done' },
          { target: 'loading', actions: 'forgetAnswers' },
        ],
        onError,
      },
    },
    done: { type: 'final' },
    ordered: { type: 'final', entry: finish('ordered') },
    skipped: { type: 'final', entry: finish('skipped') },
    nothing: { type: 'final', entry: finish('nothing') },
    refused: { type: 'final', entry: finish('refused') },
    left: { type: 'final', entry: finish('left') },
    cancelled: { type: 'final', entry: finish('cancelled') },
    failed: { type: 'final', entry: finish('failed') },
  },
  output: ({ context }) => ({
    end: context.end,
    results: context.results,
    order: context.end === 'ordered' ? orderOf(context) : null,
    refusal: context.end === 'refused' ? refusalOf(context) : null,
    error: context.error,
  }),
})

function finish<End extends FixEnd>(end: End) {
  return { type: 'finish', params: { end } } as const
}

function answerOf<Value>({ event }: { event: { output: Answer<Value> } }): { answer: Answer<Value> } {
  return { answer: event.output }
}

/** The threads that can be fixed, without those that the user skipped. */
function loaded({ context, event }: { context: FixContext; event: { output: readonly string[] } }): Loaded {
  return { candidates: event.output.filter((id) => !context.skipped.includes(id)) }
}

function completionOf({ event }: { event: { output: 'completed' | 'declined' } }) {
  return { completion: event.output }
}

function inspected({ event }: { event: { output: readonly FixOption[] } }): Inspected {
  return { options: event.output }
}

function unprovided(): Promise<never> {
  return Promise.reject(new Error('The command provides this actor.'))
}
