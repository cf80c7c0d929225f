import { assign, setup } from 'xstate'
import type { Answer } from './answer.ts'
import { draftActors, unprovidedDraft } from './draft-actors.ts'
import {
  mostRepairs,
  type DraftCheck,
  type DraftContext,
  type DraftEnd,
  type DraftingEnd,
  type DraftInput,
  type DraftOutput,
  type DraftRequest,
  type DraftStanding,
} from './draft-context.ts'

const types: { context?: DraftContext; input?: DraftInput; output?: DraftOutput } = {}

const chart = setup({
  types,
  actors: draftActors(unprovidedDraft),
  guards: {
    hasRequest: ({ context }) => context.request !== null,
    isOpen: ({ context }) => context.standing.stage === 'open',
    isToRetry: ({ context }) => context.standing.stage === 'failed' && context.retries,
    isFailed: ({ context }) => context.standing.stage === 'failed',
    isAnswered: ({ context }) => context.standing.stage === 'answered',
    isAlone: ({ context }) => !context.input.canAsk,
    isCompleted: (_, { end }: { end: DraftingEnd }) => end === 'completed',
    hasStopped: (_, { end }: { end: DraftingEnd }) => end !== 'completed' && end !== 'failed',
    isSound: ({ context }) => context.check.problems.length === 0,
    isByHand: ({ context }) => context.standing.isByHand,
    canRepair: ({ context }) => context.standing.repairs < mostRepairs,
    isConfirmed: ({ context }) => context.input.isConfirmed,
    /** It should be approved unseen, but it asks something. */
    isUnclear: ({ context }) => context.input.isConfirmed && context.check.questions > 0,
    isEdit: ({ context }) => context.request?.kind === 'edit',
    isCancel: (_, { answer }: { answer: Answer<unknown> }) => answer.type === 'cancel',
    isBack: (_, { answer }: { answer: Answer<unknown> }) => answer.type === 'back',
    chooses: (_, { answer, value }: { answer: Answer<string>; value: string }) =>
      answer.type === 'chosen' && answer.value === value,
    isTaken: (_, { result }: { result: 'approved' | 'back' }) => result === 'approved',
  },
  actions: {
    takeStanding: assign((_, { standing }: { standing: DraftStanding }) => ({ standing })),
    takeRequest: assign((_, { answer }: { answer: Answer<DraftRequest> }) => ({
      request: answer.type === 'chosen' ? answer.value : null,
    })),
    takeCheck: assign((_, { check }: { check: DraftCheck }) => ({ check })),
    askForRepair: assign(({ context }) => ({
      request: { kind: 'repair' as const, problems: context.check.problems },
    })),
    askForEdit: assign({ request: { kind: 'edit' as const } }),
    forgetRequest: assign({ request: null }),
    forgetRetry: assign({ retries: false }),
    keepError: assign((_, { error }: { error: unknown }) => ({ error })),
    finish: assign((_, params: { end: DraftEnd }) => params),
  },
})

/** Ends the flow; the caller reports what was thrown. */
const onError = {
  target: '#draft.failed',
  actions: {
    type: 'keepError',
    params: ({ event }: { event: { error: unknown } }) => ({ error: event.error }),
  },
} as const

/**
 * From a goal to an approved plan. It begins with a look at what is recorded, so that a planning that was killed continues
 * where it was: every request is recorded before anybody works on it, and what follows from a draft is found by checking
 * it again.
 */
export const draftMachine = chart.createMachine({
  id: 'draft',
  context: ({ input }) => ({
    input,
    request: input.request,
    retries: input.retries,
    standing: { stage: 'empty', repairs: 0, isByHand: false },
    check: { problems: [], questions: 0 },
    end: 'left',
    error: null,
  }),
  initial: 'looking',
  states: {
    looking: {
      invoke: {
        src: 'look',
        onDone: {
          target: 'deciding',
          actions: { type: 'takeStanding', params: ({ event }) => ({ standing: event.output }) },
        },
        onError,
      },
    },
    deciding: {
      always: [
        { guard: 'hasRequest', target: 'requesting' },
        { guard: 'isOpen', target: 'drafting' },
        { guard: 'isToRetry', target: 'drafting', actions: 'forgetRetry' },
        { guard: 'isFailed', target: 'stopping' },
        { guard: 'isAnswered', target: 'checking' },
        { guard: 'isAlone', target: 'nothing' },
        { target: 'askingRequest' },
      ],
    },
    askingRequest: {
      invoke: {
        src: 'askRequest',
        input: ({ context }) => context.standing,
        onDone: [
          { guard: { type: 'isCancel', params: answerOf }, target: 'cancelled' },
          { guard: { type: 'isBack', params: answerOf }, target: 'turningBack' },
          { target: 'requesting', actions: { type: 'takeRequest', params: answerOf } },
        ],
        onError,
      },
    },
    /** Escape leads from the question what to change to the draft that it is about; without one it leads away. */
    turningBack: {
      always: [{ guard: 'isAnswered', target: 'checking' }, { target: 'cancelled' }],
    },
    requesting: {
      invoke: {
        src: 'keepRequest',
        input: ({ context }) => requestOf(context),
        onDone: [
          { guard: 'isEdit', target: 'editing', actions: 'forgetRequest' },
          { target: 'looking', actions: 'forgetRequest' },
        ],
        onError,
      },
    },
    drafting: {
      invoke: {
        src: 'draft',
        onDone: [
          { guard: { type: 'isCompleted', params: endOf }, target: 'looking' },
          { guard: { type: 'hasStopped', params: endOf }, target: 'interrupted' },
          { target: 'stopping' },
        ],
        onError,
      },
    },
    checking: {
      invoke: {
        src: 'check',
        onDone: {
          target: 'checked',
          actions: { type: 'takeCheck', params: ({ event }) => ({ check: event.output }) },
        },
        onError,
      },
    },
    checked: {
      always: [
        { guard: 'isSound', target: 'reviewing' },
        { guard: 'isByHand', target: 'rescuing' },
        { guard: 'canRepair', target: 'requesting', actions: 'askForRepair' },
        { target: 'rescuing' },
      ],
    },
    /** The draft stays invalid. */
    rescuing: {
      always: { guard: 'isAlone', target: 'keeping' },
      invoke: {
        src: 'askInvalid',
        input: ({ context }) => context.check,
        onDone: [
          { guard: { type: 'isCancel', params: answerOf }, target: 'cancelled' },
          { guard: chooses('again'), target: 'requesting', actions: 'askForRepair' },
          { guard: chooses('revise'), target: 'askingRequest' },
          { guard: chooses('edit'), target: 'requesting', actions: 'askForEdit' },
          { target: 'invalid' },
        ],
        onError,
      },
    },
    keeping: {
      invoke: { src: 'keepProblems', input: ({ context }) => context.check, onDone: 'invalid', onError },
    },
    reviewing: {
      always: [
        { guard: 'isUnclear', target: 'askingBack' },
        { guard: 'isConfirmed', target: 'approving' },
        { guard: 'isAlone', target: 'leaving' },
      ],
      invoke: {
        src: 'askReview',
        input: ({ context }) => context.check,
        onDone: [
          { guard: { type: 'isCancel', params: answerOf }, target: 'cancelled' },
          { guard: chooses('approve'), target: 'approving' },
          { guard: chooses('answer'), target: 'answering' },
          { guard: chooses('revise'), target: 'askingRequest' },
          { guard: chooses('edit'), target: 'requesting', actions: 'askForEdit' },
          { target: 'leaving' },
        ],
        onError,
      },
    },
    askingBack: {
      invoke: { src: 'leave', onDone: 'questions', onError },
    },
    answering: {
      invoke: { src: 'answerQuestions', onDone: 'checking', onError },
    },
    editing: {
      invoke: { src: 'edit', onDone: 'looking', onError },
    },
    approving: {
      invoke: {
        src: 'approve',
        onDone: [
          {
            guard: { type: 'isTaken', params: ({ event }) => ({ result: event.output }) },
            target: 'approved',
          },
          { target: 'looking' },
        ],
        onError,
      },
    },
    leaving: {
      invoke: { src: 'leave', onDone: 'left', onError },
    },
    approved: { type: 'final', entry: finish('approved') },
    left: { type: 'final', entry: finish('left') },
    questions: { type: 'final', entry: finish('questions') },
    invalid: { type: 'final', entry: finish('invalid') },
    stopped: { type: 'final', entry: finish('stopped') },
    /** The agent has failed. It comes here, so that no arrow of the picture runs through a text. */
    stopping: {
      always: { guard: 'isAlone', target: 'stopped' },
      invoke: {
        src: 'askAfterFailure',
        onDone: [
          { guard: { type: 'isCancel', params: answerOf }, target: 'cancelled' },
          { guard: chooses('again'), target: 'drafting' },
          { guard: chooses('revise'), target: 'askingRequest' },
          { guard: chooses('edit'), target: 'requesting', actions: 'askForEdit' },
          { target: 'stopped' },
        ],
        onError,
      },
    },
    interrupted: { type: 'final', entry: finish('interrupted') },
    cancelled: { type: 'final', entry: finish('cancelled') },
    nothing: { type: 'final', entry: finish('nothing') },
    failed: { type: 'final', entry: finish('failed') },
  },
  output: ({ context: { end, check, error } }) => ({ end, check, error }),
})

function finish<End extends DraftEnd>(end: End) {
  return { type: 'finish', params: { end } } as const
}

function answerOf<Value>({ event }: { event: { output: Answer<Value> } }): { answer: Answer<Value> } {
  return { answer: event.output }
}

function endOf({ event }: { event: { output: DraftingEnd } }): { end: DraftingEnd } {
  return { end: event.output }
}

/** Whether the user chose this. */
function chooses<Value extends string>(value: Value) {
  return {
    type: 'chooses',
    params: ({ event }: { event: { output: Answer<string> } }) => ({ answer: event.output, value }),
  } as const
}

function requestOf({ request }: DraftContext): DraftRequest {
  if (request === null) throw new Error('There is no request to record.')
  return request
}
