import { assign, fromPromise, setup } from 'xstate'
import type { Answer } from './answer.ts'
import { fixMachine } from './fix.ts'
import {
  nextFix,
  ordersOf,
  type Approvals,
  type ContinueContext,
  type ContinueEnd,
  type ContinueInput,
  type ContinueOutput,
  type Failure,
  type RunStop,
  type Unfinished,
  type Way,
} from './continue-context.ts'
import type { FixOrder, FixOutput, FixResult } from './fix-context.ts'

const types: { context?: ContinueContext; input?: ContinueInput; output?: ContinueOutput } = {}

const chart = setup({
  types,
  actors: {
    /** Whether anything may run. Rejects if the plan is not approved and nobody can be asked. */
    checkApproval: fromPromise<Approvals>(unprovided),
    /** Shows the outline of the plan; asks whether to approve it with its tasks and run it. */
    askApproval: fromPromise<Answer<true>>(unprovided),
    approvePlan: fromPromise<void>(unprovided),
    /** Records the outcome of sessions that ended unsupervised, and finds unfinished threads. */
    lookBack: fromPromise<Unfinished>(unprovided),
    /** Shows the unfinished threads and asks what to do about them. */
    askWay: fromPromise<Answer<Way>, Unfinished>(unprovided),
    fixThread: fixMachine,
    /** Shows all fixes; asks whether to start them. */
    askFixes: fromPromise<Answer<true>, { orders: readonly FixOrder[] }>(unprovided),
    /** Runs the threads of all fixes together, then adds the stages. */
    runFixes: fromPromise<readonly FixResult[], { orders: readonly FixOrder[] }>(unprovided),
    /** Asks whether to wait for the providers. */
    askWait: fromPromise<Answer<boolean>, Unfinished>(unprovided),
    /** Counts down to the last of the times. */
    waitForProviders: fromPromise<'elapsed' | 'cancelled', Unfinished>(unprovided),
    runRest: fromPromise<RunStop, { without: readonly string[] }>(unprovided),
    /**
     * Shows what a stage produced; asks whether to approve it and continue. If nobody can be asked, the answer is no.
     */
    askStage: fromPromise<Answer<true>, { stage: string }>(unprovided),
    approveStage: fromPromise<void, { stage: string }>(unprovided),
  },
  guards: {
    isUnapproved: (_, { approvals }: { approvals: Approvals }) => approvals === 'unapproved',
    isAgreed: (_, { answer }: { answer: Answer<true> }) => isValue(answer, true),
    isGated: (_, { gate }: RunStop) => gate !== null,
    isNothingToAsk: ({ context }, { threads, failed }: Unfinished) =>
      (context.input.asksAbout === 'failed' ? failed : threads).length === 0,
    isStillUnfinished: ({ context }) => context.hasFixed && context.input.way === 'fix',
    isToSkip: ({ context: { input } }) =>
      input.way === 'skip' || (input.way === null && (input.isConfirmed || input.waits === true)),
    isToRetry: ({ context }) => context.input.way === 'retry',
    isToFix: ({ context }) => context.input.way === 'fix',
    choosesSkip: (_, { answer }: { answer: Answer<Way> }) => isValue(answer, 'skip'),
    choosesRetry: (_, { answer }: { answer: Answer<Way> }) => isValue(answer, 'retry'),
    choosesFix: (_, { answer }: { answer: Answer<Way> }) => isValue(answer, 'fix'),
    wasCancelled: (_, { end }: FixOutput) => end === 'cancelled',
    wasInterrupted: (_, { results }: { results: readonly FixResult[] }) => results.includes('interrupted'),
    hasAddedStage: (_, { results }: { results: readonly FixResult[] }) => results.includes('added'),
    hasFailed: (_, { end }: FixOutput) => end === 'failed' || end === 'refused',
    goesBackToDecision: ({ context }, { end }: FixOutput) => end === 'left' && context.decisions.length > 0,
    goesBackToWay: ({ context }, { end }: FixOutput) => end === 'left' && context.input.way === null,
    goesBack: (_, { end }: FixOutput) => end === 'left',
    isMoreToFix: ({ context }) => context.queue.length > 1,
    isNothingOrdered: ({ context }) => ordersOf(context).length === 0,
    isConfirmed: ({ context }) => context.input.isConfirmed,
    isBack: (_, { answer }: { answer: Answer<unknown> }) => answer.type === 'back',
    isNoneLimited: ({ context }) => context.found.limited.length === 0,
    isToWait: ({ context }) => context.input.waits === true,
    isNotToWait: ({ context: { input } }) =>
      input.waits === false || (input.waits === null && input.isConfirmed),
    choosesWait: (_, { answer }: { answer: Answer<boolean> }) => isValue(answer, true),
    choosesNoWait: (_, { answer }: { answer: Answer<boolean> }) => isValue(answer, false),
    isCancel: (_, { answer }: { answer: Answer<unknown> }) => answer.type === 'cancel',
    isElapsed: (_, { wait }: { wait: 'elapsed' | 'cancelled' }) => wait === 'elapsed',
  },
  actions: {
    takeFound: assign((_, unfinished: Unfinished) => ({ found: unfinished })),
    queueFixes: assign(({ context }) => ({ queue: context.found.threads, decisions: [] })),
    /** A thread that was marked as completed is no decision to go back to. */
    decide: assign(({ context: { queue, decisions } }, { order, results }: FixOutput) => {
      const [thread, ...others] = queue
      const isMarked = thread === undefined || results.includes('marked')
      return { queue: others, decisions: isMarked ? decisions : [...decisions, { thread, order }] }
    }),
    /** The last decision is open again. */
    undecide: assign(({ context: { queue, decisions } }) => ({
      queue: [...decisions.slice(-1).map(({ thread }) => thread), ...queue],
      decisions: decisions.slice(0, -1),
    })),
    markFixed: assign({ queue: [], decisions: [], hasFixed: true }),
    /** Leaves failed threads alone; on request, waits for those with a rate-limited provider. */
    leaveOutFailed: assign(({ context }) => ({ without: context.found.failed })),
    leaveOutButLimited: assign(
      ({
        context: {
          found: { failed, limited },
        },
      }) => ({
        without: failed.filter((id) => limited.every((one) => one.id !== id)),
      }),
    ),
    keepGate: assign((_, { gate }: RunStop) => ({ gate })),
    keepError: assign(({ context: { queue } }, { error, refusal = null }: Failure) => ({
      error,
      refused: refusal === null ? null : { threads: queue.slice(0, 1), option: refusal },
    })),
    finish: assign((_, params: { end: ContinueEnd }) => params),
  },
})

const onError = {
  target: '#continue.failed',
  actions: {
    type: 'keepError',
    params: ({ event }: { event: { error: unknown } }) => ({ error: event.error }),
  },
} as const

/**
 * A guided run of a workstream: approval of its plan, unfinished threads of earlier runs, the run itself, and the
 * approval of each finished stage. Flags answer questions in advance.
 */
export const continueMachine = chart.createMachine({
  id: 'continue',
  context: ({ input }) => ({
    input,
    found: { threads: [], failed: [], limited: [] },
    queue: [],
    decisions: [],
    hasFixed: false,
    without: [],
    gate: null,
    error: null,
    refused: null,
    end: 'done',
  }),
  initial: 'checking',
  states: {
    checking: {
      invoke: {
        src: 'checkApproval',
        onDone: [
          { guard: { type: 'isUnapproved', params: approvalsOf }, target: 'askingApproval' },
          { target: 'looking' },
        ],
        onError,
      },
    },
    askingApproval: {
      invoke: {
        src: 'askApproval',
        onDone: [
          { guard: { type: 'isAgreed', params: answerOf }, target: 'approving' },
          { guard: { type: 'isCancel', params: answerOf }, target: 'cancelled' },
          { target: 'aborted' },
        ],
        onError,
      },
    },
    approving: {
      invoke: { src: 'approvePlan', onDone: { target: 'looking' }, onError },
    },
    looking: {
      invoke: {
        src: 'lookBack',
        onDone: [
          {
            guard: { type: 'isNothingToAsk', params: foundBy },
            target: 'running',
            actions: { type: 'takeFound', params: foundBy },
          },
          { guard: 'isStillUnfinished', target: 'unfinished' },
          { guard: 'isToSkip', target: 'skipping', actions: { type: 'takeFound', params: foundBy } },
          { guard: 'isToRetry', target: 'running', actions: { type: 'takeFound', params: foundBy } },
          {
            guard: 'isToFix',
            target: 'fixing',
            actions: [{ type: 'takeFound', params: foundBy }, 'queueFixes'],
          },
          { target: 'choosing', actions: { type: 'takeFound', params: foundBy } },
        ],
        onError,
      },
    },
    choosing: {
      invoke: {
        src: 'askWay',
        input: ({ context }) => context.found,
        onDone: [
          { guard: { type: 'choosesSkip', params: answerOf }, target: 'skipping' },
          { guard: { type: 'choosesRetry', params: answerOf }, target: 'running' },
          { guard: { type: 'choosesFix', params: answerOf }, target: 'fixing', actions: 'queueFixes' },
          { guard: { type: 'isCancel', params: answerOf }, target: 'cancelled' },
          { target: 'aborted' },
        ],
        onError,
      },
    },
    /** One thread after the other. */
    fixing: {
      invoke: {
        src: 'fixThread',
        input: ({ context }) => nextFix(context),
        onDone: [
          { guard: { type: 'wasCancelled', params: fixOutput }, target: 'cancelled' },
          {
            guard: { type: 'hasFailed', params: fixOutput },
            target: 'failed',
            actions: { type: 'keepError', params: fixOutput },
          },
          {
            guard: { type: 'goesBackToDecision', params: fixOutput },
            target: 'fixing',
            reenter: true,
            actions: 'undecide',
          },
          { guard: { type: 'goesBackToWay', params: fixOutput }, target: 'choosing' },
          { guard: { type: 'goesBack', params: fixOutput }, target: 'aborted' },
          {
            guard: 'isMoreToFix',
            target: 'fixing',
            reenter: true,
            actions: { type: 'decide', params: fixOutput },
          },
          { target: 'decided', actions: { type: 'decide', params: fixOutput } },
        ],
        onError,
      },
    },
    decided: {
      always: [
        { guard: 'isNothingOrdered', target: 'looking', actions: 'markFixed' },
        { guard: 'isConfirmed', target: 'runningFixes' },
        { target: 'confirmingFixes' },
      ],
    },
    confirmingFixes: {
      invoke: {
        src: 'askFixes',
        input: ({ context }) => ({ orders: ordersOf(context) }),
        onDone: [
          { guard: { type: 'isAgreed', params: answerOf }, target: 'runningFixes' },
          { guard: { type: 'isBack', params: answerOf }, target: 'fixing', actions: 'undecide' },
          { target: 'cancelled' },
        ],
        onError,
      },
    },
    /** All at once; then it looks again. */
    runningFixes: {
      invoke: {
        src: 'runFixes',
        input: ({ context }) => ({ orders: ordersOf(context) }),
        onDone: [
          { guard: { type: 'wasInterrupted', params: fixResults }, target: 'interrupted' },
          { guard: { type: 'hasAddedStage', params: fixResults }, target: 'planned' },
          { target: 'looking', actions: 'markFixed' },
        ],
        onError,
      },
    },
    skipping: {
      always: [
        { guard: 'isNoneLimited', target: 'running', actions: 'leaveOutFailed' },
        { guard: 'isToWait', target: 'waiting' },
        { guard: 'isNotToWait', target: 'running', actions: 'leaveOutFailed' },
        { target: 'choosingWait' },
      ],
    },
    choosingWait: {
      invoke: {
        src: 'askWait',
        input: ({ context }) => context.found,
        onDone: [
          { guard: { type: 'choosesWait', params: answerOf }, target: 'waiting' },
          {
            guard: { type: 'choosesNoWait', params: answerOf },
            target: 'running',
            actions: 'leaveOutFailed',
          },
          { guard: { type: 'isCancel', params: answerOf }, target: 'cancelled' },
          { guard: 'isToSkip', target: 'aborted' },
          { target: 'choosing' },
        ],
        onError,
      },
    },
    waiting: {
      invoke: {
        src: 'waitForProviders',
        input: ({ context }) => context.found,
        onDone: [
          { guard: { type: 'isElapsed', params: waitOf }, target: 'running', actions: 'leaveOutButLimited' },
          { target: 'cancelled' },
        ],
        onError,
      },
    },
    running: {
      invoke: {
        src: 'runRest',
        input: ({ context }) => ({ without: context.without }),
        onDone: [
          {
            guard: { type: 'isGated', params: runStop },
            target: 'askingStage',
            actions: { type: 'keepGate', params: runStop },
          },
          { target: 'done' },
        ],
        onError,
      },
    },
    askingStage: {
      invoke: {
        src: 'askStage',
        input: ({ context }) => stageOf(context),
        onDone: [
          { guard: { type: 'isAgreed', params: answerOf }, target: 'approvingStage' },
          { target: 'done' },
        ],
        onError,
      },
    },
    /** Threads that were left out stay left out. */
    approvingStage: {
      invoke: {
        src: 'approveStage',
        input: ({ context }) => stageOf(context),
        onDone: { target: 'running' },
        onError,
      },
    },
    done: { type: 'final' },
    aborted: { type: 'final', entry: finish('aborted') },
    unfinished: { type: 'final', entry: finish('unfinished') },
    planned: { type: 'final', entry: finish('planned') },
    cancelled: { type: 'final', entry: finish('cancelled') },
    interrupted: { type: 'final', entry: finish('interrupted') },
    failed: { type: 'final', entry: finish('failed') },
  },
  output: ({ context: { end, error, refused } }) => ({ end, error, refused }),
})

function finish<End extends ContinueEnd>(end: End) {
  return { type: 'finish', params: { end } } as const
}

function foundBy({ event }: { event: { output: Unfinished } }): Unfinished {
  return event.output
}

function approvalsOf({ event }: { event: { output: Approvals } }): { approvals: Approvals } {
  return { approvals: event.output }
}

function runStop({ event }: { event: { output: RunStop } }): RunStop {
  return event.output
}

function stageOf({ gate }: ContinueContext): { stage: string } {
  return { stage: gate ?? '' }
}

function answerOf<Value>({ event }: { event: { output: Answer<Value> } }): { answer: Answer<Value> } {
  return { answer: event.output }
}

function fixOutput({ event }: { event: { output: FixOutput } }): FixOutput {
  return event.output
}

function fixResults({ event }: { event: { output: readonly FixResult[] } }) {
  return { results: event.output }
}

function waitOf({ event }: { event: { output: 'elapsed' | 'cancelled' } }) {
  return { wait: event.output }
}

function isValue<Value>(answer: Answer<Value>, value: Value): boolean {
  return answer.type === 'chosen' && answer.value === value
}

function unprovided(): Promise<never> {
  return Promise.reject(new Error('The command provides this actor.'))
}
