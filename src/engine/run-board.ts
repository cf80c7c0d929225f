import { createActor, type SnapshotFrom } from 'xstate'
import { boardMachine, type BoardEvent, type BoardThread } from '../../machines/board.ts'

/** What the keys of the board do to a run. */
export interface BoardEffects {
  detach: () => void
  stopThread: (threadId: string) => void
}

/** What the board shows after the keys pressed so far; `chosen` is a thread id. */
export type BoardState =
  | { type: 'watching' | 'help' | 'detaching' }
  | { type: 'choosing'; action: 'log' | 'stop'; from: string[]; chosen: string }
  | { type: 'reading'; chosen: string }

/** A running board chart. */
export interface BoardFlow {
  send: (event: Exclude<BoardEvent, { type: 'THREADS' }>['type']) => void
  setThreads: (threads: readonly BoardThread[]) => void
  state: () => BoardState
}

/** Runs the chart of the board's keys; `onChange` is called after each key that changed something. */
export function startBoardFlow(effects: BoardEffects, onChange: (state: BoardState) => void): BoardFlow {
  const machine = boardMachine.provide({
    actions: {
      detach: effects.detach,
      stopThread: (_, { threadId }) => effects.stopThread(threadId),
    },
  })
  const actor = createActor(machine)
  actor.subscribe((snapshot) => onChange(stateOf(snapshot)))
  actor.start()
  return {
    send: (type) => actor.send({ type }),
    setThreads: (threads) => actor.send({ type: 'THREADS', threads }),
    state: () => stateOf(actor.getSnapshot()),
  }
}

function stateOf({ value, context }: SnapshotFrom<typeof boardMachine>): BoardState {
  const chosen = context.chosen ?? ''
  const from = (kind: 'hasLog' | 'canStop') =>
    context.threads.filter((thread) => thread[kind]).map(({ id }) => id)
  switch (value) {
    case 'choosingLog':
      return { type: 'choosing', action: 'log', from: from('hasLog'), chosen }
    case 'choosingStop':
      return { type: 'choosing', action: 'stop', from: from('canStop'), chosen }
    case 'reading':
      return { type: 'reading', chosen }
    case 'watching':
    case 'help':
    case 'detaching':
      return { type: value }
  }
}
