import {
  initialTransition,
  transition,
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type SnapshotFrom,
} from 'xstate'
import { runMachine } from '../../machines/run.ts'
import type { RunBatch, RunInput, SettledThread } from '../../machines/run-context.ts'
import { done, routes } from './walk.ts'

type Run = SnapshotFrom<typeof runMachine>
type Status = SettledThread['status']

const statuses: Status[] = ['completed', 'failed', 'interrupted', 'running']
export const open = done(runMachine, 'going.gate', 'open')
export const shut = done(runMachine, 'going.gate', 'closed')
export const completed = done(runMachine, 'going.lookingAgain', 'completed')
export const stillOpen = done(runMachine, 'going.lookingAgain', 'open')
export const interrupt = { type: 'INTERRUPT', force: false }
export const kill = { type: 'INTERRUPT', force: true }
const stopSome = stop('01.01.02', '01.01.03')
const lost = { type: 'STATE_LOST' }
export const late = { type: 'xstate.after.patience.run.forcing' }

/**
 * Two stages, the first with two batches, one of which has nothing to do. A thread of the last stage was started
 * earlier.
 */
export const input: RunInput = {
  parallel: 2,
  batches: [batch('01.01', 3), batch('01.02', 0), batch('02.01', 2)],
  begun: ['02.01.02'],
}

export const walk = {
  input,
  events: (snapshot: AnyMachineSnapshot) => [
    open,
    shut,
    completed,
    stillOpen,
    interrupt,
    kill,
    late,
    lost,
    stopSome,
    ...runOf(snapshot).context.live.map(worked),
    ...[...runOf(snapshot).context.live, ...runOf(snapshot).context.delivering].flatMap((id) =>
      statuses.map((status) => settled(id, status)),
    ),
  ],
  // The order in which threads started and settled does not matter, and neither why one did not complete.
  serialize: ({ value, context }: Pick<Run, 'value' | 'context'>) => {
    // It may occur in any state, and nothing follows it.
    if (value === 'lost') return value
    const settledNow = context.settled.map(({ id, status }) => `${id} ${status === 'completed'}`).toSorted()
    return JSON.stringify([
      value,
      {
        ...context,
        settled: settledNow,
        live: context.live.toSorted(),
        delivering: context.delivering.toSorted(),
      },
    ])
  },
}

export const reachable = routes(runMachine, walk).map(({ snapshot }) => runOf(snapshot))

export function batch(id: string, threads: number): RunBatch {
  const ids = Array.from({ length: threads }, (_, index) => `${id}.0${index + 1}`)
  return { id, stage: id.slice(0, 2), threads: ids }
}

export function settled(id: string, status: Status = 'completed'): AnyEventObject {
  return { type: 'THREAD_SETTLED', thread: { id, status } }
}

/** The agent of a thread has completed, and its work is being delivered. */
export function worked(threadId: string): AnyEventObject {
  return { type: 'THREAD_WORKED', threadId }
}

export function stop(...threadIds: string[]) {
  return { type: 'STOP_THREADS', threadIds, force: false }
}

/** A run after these events, and the input of its effects: threads to start, gates to read, how to interrupt. */
export function play(plan: RunInput, ...events: AnyEventObject[]) {
  const machine: AnyStateMachine = runMachine
  const [fresh, entered] = initialTransition(runMachine, plan)
  const actions: { type: string; params: unknown }[] = [...entered]
  let run: Run = fresh
  for (const event of events) {
    if (!can(run, event)) throw new Error(`${stateOf(run)} does not take ${event.type}.`)
    const [next, effects] = transition(machine, run, event)
    run = runOf(next)
    actions.push(...effects)
  }
  const told = (type: string, key: string) =>
    actions.filter((action) => action.type === type).map(({ params }) => field(params, key))
  return {
    run,
    started: [...new Set(told('startThreads', 'threadIds').flat())],
    gate: told('xstate.spawnChild', 'input').flatMap((gateInput) => field(gateInput, 'stage') ?? []),
    asked: told('xstate.spawnChild', 'input').flatMap((lookInput) => {
      const threads = field(lookInput, 'threads')
      return threads === undefined ? [] : [threads]
    }),
    forces: told('interruptThreads', 'force'),
    stopped: actions
      .filter((action) => action.type === 'interruptThese')
      .map(({ params }) => ({ threadIds: field(params, 'threadIds'), force: field(params, 'force') })),
  }
}

/** The state of a run as one word. */
export function stateOf({ value }: Run): string {
  return typeof value === 'string' ? value : `going.${value.going}`
}

function field(value: unknown, key: string): unknown {
  return new Map(Object.entries(value ?? {})).get(key)
}

export function can(run: Run, event: AnyEventObject): boolean {
  const snapshot: AnyMachineSnapshot = run
  return snapshot.can(event)
}

function runOf(snapshot: SnapshotFrom<AnyStateMachine>): Run {
  return snapshot
}
