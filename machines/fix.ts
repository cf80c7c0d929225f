import { assign, setup } from 'xstate'
import { fixActors, unprovidedFix } from './fix-actors.ts'
import {
  bestOf,
  fixQuestions,
  fixViews,
  givenBy,
  isOnce,
  orderOf,
  refusalOf,
  type FixAnswer,
  type FixContext,
  type FixEnd,
  type FixInput,
  type FixKnown,
  type FixOption,
  type FixOutput,
  type FixQuestion,
  type FixResult,
} from './fix-context.ts'

const types: { context?: FixContext; input?: FixInput; output?: FixOutput } = {}

const chart = setup({
  types,
  actors: fixActors(unprovidedFix),
  guards: {
    isLoaded: ({ context: { known } }) => known.candidates !== null || known.threads !== null,
    isNothingLeft: ({ context }) => isNothingLeft(context),
    isNothingMoreLeft: ({ context }) => isNothingLeft(context) && context.results.length > 0,
    areAllSkipped: ({ context }) => isNothingLeft(context) && context.skipped.length > 0,
    isInspected: ({ context }) => context.known.options !== null,
    isSettled: ({ context }, { name }: { name: FixQuestion }) => fixQuestions[name](context.known),
    isCancel: ({ context }) => context.answer?.type === 'cancel',
    goesBack: ({ context: { answer, past } }) => answer?.type === 'back' && past.length > 0,
    leavesAfterFix: ({ context: { answer, results } }) => answer?.type === 'back' && results.length > 0,
    leaves: ({ context }) => context.answer?.type === 'back',
    isPossible: ({ context }) => refusalOf(answered(context)) === null,
    isRefused: ({ context }) => refusalOf(context.known) !== null,
    isView: ({ context }) => fixViews.some((view) => view === context.known.action),
    isComplete: ({ context }) => context.known.action === 'complete',
    isSkip: ({ context }) => context.known.action === 'skip',
    isLastSkip: ({ context }) => context.known.action === 'skip' && isOnce(context.input),
    isCollected: ({ context }) => context.input.isCollected,
    canChooseAgain: ({ context }) => lastChoice(context) >= 0,
    isOver: ({ context }) => isOnce(context.input) || context.results.at(-1) === 'interrupted',
  },
  actions: {
    /** Named threads, or a single one, need no choice. */
    takeCandidates: assign(({ context: { input, known, skipped } }, { ids }: { ids: readonly string[] }) => {
      const candidates = ids.filter((id) => !skipped.includes(id))
      const isGiven = input.threads !== null || candidates.length === 1
      return { known: { ...known, candidates, threads: isGiven ? candidates : null } }
    }),
    takeOptions: assign(({ context: { input, known } }, { options }: { options: readonly FixOption[] }) => ({
      known: { ...known, options, action: input.action === 'best' ? bestOf(options) : known.action },
    })),
    keepAnswer: assign((_, params: { answer: FixAnswer }) => params),
    takeAnswer: assign(({ context }) => ({
      known: answered(context),
      past: [...context.past, context.known],
    })),
    /** The last question that was asked is open again. */
    forgetAnswer: assign(({ context: { known, past } }) => ({
      known: past.at(-1) ?? known,
      past: past.slice(0, -1),
    })),
    /** What was chosen last, the action or the threads, is open again, after another look at what is possible. */
    forgetChoice: assign(({ context }) => {
      const at = lastChoice(context)
      const known = { ...(context.past[at] ?? context.known), candidates: null, options: null }
      return { known, past: context.past.slice(0, at), error: null }
    }),
    /** The next thread begins with what was known in advance. */
    forgetAll: assign(({ context }) => ({ known: givenBy(context.input), past: [] })),
    skipThreads: assign(({ context: { known, skipped } }) => ({
      skipped: [...skipped, ...(known.threads ?? [])],
    })),
    keepResult: assign(({ context: { results } }, { result }: { result: FixResult }) => ({
      results: [...results, result],
    })),
    keepError: assign((_, { error }: { error: unknown }) => ({ error })),
    finish: assign((_, params: { end: FixEnd }) => params),
  },
})

const keepError = {
  type: 'keepError',
  params: ({ event }: { event: { error: unknown } }) => ({ error: event.error }),
} as const
/** What can't be carried out is explained if the user chose it. */
const onError = { target: '#fix.thrown', actions: keepError } as const
/** Ends the flow; the caller reports what was thrown. */
const fail = { target: '#fix.failed', actions: keepError } as const

/**
 * From a thread that did not complete back to work: which thread, what to do, who does it, and only then the order. Each
 * answer leads back to the beginning, from where all that is settled is passed over: by a flag, so that flags and questions
 * lead the same way, or by an earlier answer.
 */
export const fixMachine = chart.createMachine({
  id: 'fix',
  context: ({ input }) => ({
    input,
    known: givenBy(input),
    past: [],
    answer: null,
    skipped: [],
    results: [],
    error: null,
    end: 'done',
  }),
  initial: 'loading',
  states: {
    loading: {
      always: { guard: 'isLoaded', target: 'choosingThreads' },
      invoke: {
        src: 'loadThreads',
        input: ({ context }) => context.input.threads,
        onDone: { actions: { type: 'takeCandidates', params: ({ event }) => ({ ids: event.output }) } },
        onError,
      },
    },
    choosingThreads: {
      always: [
        { guard: 'isNothingMoreLeft', target: 'done' },
        { guard: 'areAllSkipped', target: 'skipped' },
        { guard: 'isNothingLeft', target: 'nothing' },
        settled('choosingThreads', 'inspecting'),
      ],
      invoke: ask('choosingThreads'),
    },
    inspecting: {
      always: { guard: 'isInspected', target: 'choosingAction' },
      invoke: {
        src: 'inspectThreads',
        input: ({ context }) => context.known.threads ?? [],
        onDone: { actions: { type: 'takeOptions', params: ({ event }) => ({ options: event.output }) } },
        onError,
      },
    },
    choosingAction: {
      always: [
        { guard: 'isRefused', target: 'refused' },
        { guard: 'isView', target: 'viewing' },
        { guard: 'isComplete', target: 'confirmingCompletion' },
        { guard: 'isLastSkip', target: 'skipped' },
        { guard: 'isSkip', target: 'loading', actions: ['skipThreads', 'forgetAll'] },
        settled('choosingAction', 'choosingAgent'),
      ],
      invoke: ask('choosingAction'),
    },
    /** Looks again afterwards: agents.yaml may have other agents, and a session may have been continued by hand. */
    viewing: {
      invoke: {
        src: 'viewThreads',
        input: ({ context }) => context.known,
        onDone: { target: 'loading', actions: 'forgetChoice' },
        onError,
      },
    },
    confirmingCompletion: question('confirmingCompletion', 'completing'),
    completing: {
      invoke: {
        src: 'completeThreads',
        input: ({ context }) => context.known.threads ?? [],
        onDone: { target: 'reporting', actions: { type: 'keepResult', params: { result: 'marked' } } },
        onError,
      },
    },
    choosingAgent: question('choosingAgent', 'choosingStage'),
    choosingStage: question('choosingStage', 'namingStage'),
    namingStage: question('namingStage', 'describingStage'),
    describingStage: question('describingStage', 'writingNote'),
    writingNote: question('writingNote', 'confirmingOrder'),
    confirmingOrder: {
      always: [{ guard: 'isCollected', target: 'ordered' }, settled('confirmingOrder', 'acting')],
      invoke: ask('confirmingOrder'),
    },
    /** Escape leads to the question before, and from the first one away. After what is not possible it asks again. */
    answered: {
      always: [
        { guard: 'isCancel', target: 'cancelled' },
        { guard: 'goesBack', target: 'loading', actions: 'forgetAnswer' },
        { guard: 'leavesAfterFix', target: 'done' },
        { guard: 'leaves', target: 'left' },
        { guard: 'isPossible', target: 'loading', actions: 'takeAnswer' },
        { target: 'loading' },
      ],
    },
    acting: {
      invoke: {
        src: 'carryOut',
        input: ({ context }) => orderOf(context.known),
        onDone: {
          target: 'reporting',
          actions: { type: 'keepResult', params: ({ event }) => ({ result: event.output }) },
        },
        onError,
      },
    },
    /** What the user chose is explained when it is refused, and chosen again; what flags ask for ends the flow. */
    thrown: {
      always: [{ guard: 'canChooseAgain', target: 'explaining' }, { target: 'failed' }],
    },
    explaining: {
      invoke: {
        src: 'tellRefusal',
        input: ({ context }: { context: FixContext }) => context.error,
        onDone: { target: 'loading', actions: 'forgetChoice' },
        onError: fail,
      },
    },
    reporting: {
      invoke: {
        src: 'tellResult',
        input: ({ context }) => context.results.at(-1) ?? null,
        onDone: [
          { guard: 'isOver', target: 'done' },
          { target: 'loading', actions: 'forgetAll' },
        ],
        onError: fail,
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
    order: context.end === 'ordered' ? orderOf(context.known) : null,
    refusal: refusalOf(context.known),
    error: context.error,
  }),
})

/** A state that asks a question until it is settled, and then leads to the next one. */
function question<Next extends string>(name: FixQuestion, next: Next) {
  return { always: settled(name, next), invoke: ask(name) } as const
}

function settled<Next extends string>(name: FixQuestion, target: Next) {
  return { guard: { type: 'isSettled', params: { name } }, target } as const
}

function ask(name: FixQuestion) {
  return {
    src: 'ask',
    input: ({ context }: { context: FixContext }) => ({
      question: name,
      known: context.known,
      order: orderOf(context.known),
    }),
    onDone: { target: '#fix.answered', actions: { type: 'keepAnswer', params: answerOf } },
    onError,
  } as const
}

function answerOf({ event }: { event: { output: FixAnswer } }): { answer: FixAnswer } {
  return { answer: event.output }
}

function finish<End extends FixEnd>(end: End) {
  return { type: 'finish', params: { end } } as const
}

/** The place in the past before the user chose the action, or where a flag did, the threads; -1 when flags chose both. */
function lastChoice({ past }: FixContext): number {
  return past.findLastIndex(({ threads, action }) => threads === null || action === null)
}

/** What is known with the last answer. */
function answered({ known, answer }: FixContext): FixKnown {
  return answer?.type === 'chosen' ? { ...known, ...answer.value } : known
}

function isNothingLeft({ known }: FixContext): boolean {
  return known.candidates?.length === 0
}
