import { describe, expect, it } from 'vitest'
import { createActor, type AnyMachineSnapshot } from 'xstate'
import { boardMachine, type BoardEvent, type BoardThread } from '../../machines/board.ts'
import { routes, unreached } from './walk.ts'

const running: BoardThread = { id: '01.01.01', canStop: true, hasLog: true }
const second: BoardThread = { id: '01.01.02', canStop: true, hasLog: true }
const waiting: BoardThread = { id: '01.01.03', canStop: true, hasLog: false }
const ended: BoardThread = { id: '01.01.04', canStop: false, hasLog: true }

const keys = ['DETACH', 'LOG', 'STOP', 'HELP', 'UP', 'DOWN', 'ENTER', 'BACK'] as const
const scenes = [[], [running], [waiting], [ended], [running, second, waiting, ended]]

const walk = {
  events: [...keys.map((type) => ({ type })), ...scenes.map((threads) => ({ type: 'THREADS', threads }))],
  serialize: ({ value, context }: Pick<AnyMachineSnapshot, 'value' | 'context'>) =>
    JSON.stringify([value, context]),
}

/** The board after these keys and changes, and what its keys did. */
function play(...events: (BoardEvent | BoardEvent['type'])[]) {
  const done: string[] = []
  const machine = boardMachine.provide({
    actions: {
      detach: () => void done.push('detach'),
      stopThread: (_, { threadId }) => void done.push(`stop ${threadId}`),
    },
  })
  const actor = createActor(machine).start()
  for (const event of events) actor.send(typeof event === 'string' ? keyEvent(event) : event)
  const { value, context } = actor.getSnapshot()
  return { value, chosen: context.chosen, done }
}

function keyEvent(type: BoardEvent['type']): BoardEvent {
  if (type === 'THREADS') throw new Error('It has threads.')
  return { type }
}

function present(...all: BoardThread[]): BoardEvent {
  return { type: 'THREADS', threads: all }
}

describe('the keys of the board', () => {
  it('take every transition of the chart on some route', () => {
    expect(unreached(boardMachine, walk)).toEqual([])
  })

  it("never leave the pointer at a thread that does not exist or can't be chosen", () => {
    for (const { snapshot } of routes(boardMachine, walk)) {
      const { value, context } = snapshot
      const candidates = context.threads.filter((thread: BoardThread) =>
        value === 'choosingLog' ? thread.hasLog : thread.canStop,
      )
      if (value !== 'choosingLog' && value !== 'choosingStop') continue
      expect(candidates.map(({ id }: BoardThread) => id)).toContain(context.chosen)
    }
  })

  it('hand the run over once', () => {
    expect(play(present(running), 'DETACH', 'DETACH')).toMatchObject({ value: 'detaching', done: ['detach'] })
  })

  it('show the only log immediately', () => {
    expect(play(present(running, waiting), 'LOG')).toMatchObject({ value: 'reading', chosen: running.id })
  })

  it('let one choose among several logs, beginning with one that runs', () => {
    const all = present(ended, running, second)
    expect(play(all, 'LOG')).toMatchObject({ value: 'choosingLog', chosen: running.id })
    expect(play(all, 'LOG', 'DOWN', 'ENTER')).toMatchObject({ value: 'reading', chosen: second.id })
    expect(play(all, 'LOG', 'UP', 'UP', 'UP')).toMatchObject({ value: 'choosingLog', chosen: ended.id })
  })

  it('show no log where there is none', () => {
    expect(play(present(waiting), 'LOG')).toMatchObject({ value: 'watching', done: [] })
  })

  it('stop a thread only after Enter', () => {
    const all = present(running, second, waiting)
    expect(play(all, 'STOP', 'DOWN')).toMatchObject({ value: 'choosingStop', chosen: second.id, done: [] })
    expect(play(all, 'STOP', 'DOWN', 'BACK')).toMatchObject({ value: 'watching', done: [] })
    expect(play(all, 'STOP', 'DOWN', 'ENTER')).toMatchObject({
      value: 'watching',
      done: [`stop ${second.id}`],
    })
  })

  it('never stop another thread because the chosen one ended in the meantime and Enter comes late', () => {
    const late = play(present(running), 'STOP', present({ ...running, canStop: false }), 'ENTER')
    expect(late).toMatchObject({ value: 'watching', done: [] })
  })

  it('return to the board when nothing is left to choose from', () => {
    expect(play(present(running), 'STOP', present(ended))).toMatchObject({ value: 'watching' })
  })
})
