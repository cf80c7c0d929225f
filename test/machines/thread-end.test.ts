import { describe, expect, it } from 'vitest'
import type { AnyEventObject } from 'xstate'
import type { EndCause } from '../../machines/outcome.ts'
import { threadMachine } from '../../machines/thread.ts'
import { asleep, follow } from './walk.ts'
import {
  after,
  alive,
  completed,
  ended,
  endedWith,
  input,
  interrupt,
  kill,
  next,
  outOfReach,
  overdue,
  reconciledWith,
  restored,
  start,
  startThrew,
  startedWith,
  stopped,
  threadOf,
  timedOut,
  type Thread,
  watchedUntil,
} from './thread-chart.ts'

describe('the end before its time', () => {
  const running: [string, AnyEventObject[]][] = [
    ['starting', [start]],
    ['working', [start, startedWith(alive)]],
    ['reconciling', [start, restored]],
  ]

  it.each(running)('of a thread that is %s leads through ending to interrupted', (_, events) => {
    const ending = after(...events, interrupt)
    expect(ending.value).toEqual({ running: 'ending' })
    expect(ending.context.ending).toEqual({ cause: { status: 'interrupted', reason: 'user' }, force: false })
    const settled = next(ending, endedWith(ended(stopped)))
    expect(settled.value).toBe('interrupted')
    expect(settled.context).toMatchObject({ ending: null, outcome: stopped, settledBy: null })
  })

  it('completes a thread whose session completed while it was being ended', () => {
    const { value } = after(start, startedWith(alive), interrupt, endedWith(ended(completed)))
    expect(value).toBe('completed')
  })

  it('comes when the session is overdue, and is then a failure', () => {
    const ending = after(start, startedWith(alive), watchedUntil(overdue))
    expect(ending.value).toEqual({ running: 'ending' })
    expect(ending.context.ending).toEqual({ cause: { status: 'failed', reason: 'timeout' }, force: false })
    expect(next(ending, endedWith(ended(timedOut)))).toMatchObject({
      value: 'failed',
      context: { sessions: [{ status: 'failed', reason: 'timeout', signal: 'SIGTERM' }] },
    })
  })

  it('comes immediately if the start threw, and keeps the error', () => {
    const ending = after(start, startThrew('no such program'))
    expect(ending.value).toEqual({ running: 'ending' })
    const cause: EndCause = { status: 'failed', reason: 'spawn', detail: 'no such program' }
    expect(ending.context.ending).toEqual({ cause, force: true })
  })

  it('is tried again with force', () => {
    expect(endings([start, interrupt, kill])).toBe(2)
  })

  it('is tried again only once, however often force is requested', () => {
    expect(endings([start, interrupt, kill, kill, kill])).toBe(2)
  })

  it('is not tried again without force', () => {
    expect(endings([start, interrupt, interrupt])).toBe(1)
  })

  it('keeps its force after a later request without force', () => {
    expect(live(start, kill, interrupt).context.ending?.force).toBe(true)
  })

  it('stays a timeout if the user also interrupts it', () => {
    const { ending } = live(start, startedWith(alive), watchedUntil(overdue), interrupt).context
    expect(ending?.cause.reason).toBe('timeout')
  })
})

describe('a session that can neither be watched nor ended', () => {
  it.each([
    ['watched', [start, startedWith(alive), watchedUntil(outOfReach)]],
    ['ended', [start, startedWith(alive), kill, endedWith(outOfReach)]],
    ['found again', [start, startedWith(alive), restored, reconciledWith(outOfReach)]],
  ])('when it should be %s, leaves its thread running out of reach', (_, events) => {
    const thread = after(...events)
    expect(thread.value).toEqual({ running: 'outOfReach' })
    expect(thread.context.sessions).toMatchObject([{ status: 'running' }])
    expect(next(thread, restored).value).toEqual({ running: 'reconciling' })
    expect(next(thread, kill).value).toEqual({ running: 'ending' })
  })
})

/** A running thread after these events, ignoring those that it does not accept. */
function live(...events: AnyEventObject[]): Thread {
  const actor = follow(asleep(threadMachine), events, { input })
  const thread = threadOf(actor.getSnapshot())
  actor.stop()
  return thread
}

/** How often the effect that ends a session is started. */
function endings(events: AnyEventObject[]): number {
  const started: string[] = []
  follow(
    asleep(threadMachine, (actor) => started.push(actor)),
    events,
    { input },
  ).stop()
  return started.filter((actor) => actor === 'endSession').length
}
