import { describe, expect, it } from 'vitest'
import { createActor, type AnyEventObject, type Snapshot } from 'xstate'
import { threadMachine } from '../../machines/thread.ts'
import { asleep, follow } from './walk.ts'
import {
  absent,
  after,
  alive,
  completed,
  ended,
  input,
  interrupt,
  kill,
  overdue,
  reachable,
  reconciledWith,
  restored,
  start,
  startedWith,
} from './thread-chart.ts'

describe('a restored thread', () => {
  const before: [string, AnyEventObject[]][] = [
    ['starting', [start]],
    ['working', [start, startedWith(alive)]],
    ['reconciling', [start, restored]],
    ['ending', [start, startedWith(alive), interrupt]],
  ]

  it.each(before)('that was %s is reconciled first', (_, events) => {
    expect(after(...events, restored).value).toEqual({ running: 'reconciling' })
  })

  it.each(before)('that was %s settles a session that has ended since', (_, events) => {
    const { value, context } = after(...events, restored, reconciledWith(ended(completed)))
    expect(value).toBe('completed')
    expect(context).toMatchObject({ settledBy: 'session', sessions: [{ status: 'completed' }] })
  })

  const awaited = before.filter(([state]) => state !== 'ending')

  it.each(awaited)('that was %s watches a running session', (_, events) => {
    expect(after(...events, restored, reconciledWith(alive)).value).toEqual({ running: 'working' })
  })

  it.each(awaited)('that was %s starts a session that was never started', (_, events) => {
    const { value, context } = after(...events, restored, reconciledWith(absent))
    expect(value).toEqual({ running: 'starting' })
    expect(context.sessions).toHaveLength(1)
  })

  it('that was ending continues to end a running session', () => {
    for (const sighting of [alive, overdue]) {
      const { value, context } = after(start, startedWith(alive), kill, restored, reconciledWith(sighting))
      expect(value).toEqual({ running: 'ending' })
      expect(context.ending?.force).toBe(true)
    }
  })

  it('that was ending does not start a session that was never started', () => {
    const { value } = after(start, interrupt, restored, reconciledWith(absent))
    expect(value).not.toEqual({ running: 'starting' })
  })

  it('starts nothing, whatever state it was saved in, when its children are dropped', () => {
    for (const { events, thread } of reachable) {
      const restart = startedOnRestore(events, { dropChildren: true })
      expect(restart.started).toEqual([])
      expect(restart.value).toEqual(thread.value)
    }
  })

  it('would start its actor again with the children that were saved', () => {
    expect(startedOnRestore([start], { dropChildren: false }).started).toEqual(['startSession'])
  })

  it('resumes its work with RESTORED, which starts one reconciliation', () => {
    const started = startedOnRestore([start, startedWith(alive)], { dropChildren: true, event: restored })
    expect(started).toEqual({ started: ['reconcileSession'], value: { running: 'reconciling' } })
  })
})

/** Which effects start when a thread is saved after these events, and restored. */
function startedOnRestore(
  events: AnyEventObject[],
  options: { dropChildren: boolean; event?: AnyEventObject },
) {
  const running = follow(asleep(threadMachine), events, { input })
  const saved: Snapshot<unknown> & { children: object } = JSON.parse(
    JSON.stringify(running.getPersistedSnapshot()),
  )
  running.stop()
  const started: string[] = []
  const machine = asleep(threadMachine, (actor) => started.push(actor))
  const snapshot = options.dropChildren ? { ...saved, children: {} } : saved
  const restart = createActor(machine, { input, snapshot })
  restart.start()
  if (options.event !== undefined) restart.send(options.event)
  const { value } = restart.getSnapshot()
  restart.stop()
  return { started, value }
}
