import { describe, expect, it } from 'vitest'
import { threadMachine } from '../../machines/thread.ts'
import { describeChart } from '../../src/diagram/chart.ts'
import { charts } from '../../src/diagram/charts.ts'
import { marksOf, trailOf, type ThreadHistory } from '../../src/diagram/path.ts'
import { session } from '../builders/records.ts'
import { history } from './history.ts'

const chart = describeChart(threadMachine)

const failed = session({ status: 'failed', reason: 'exit' })
const refused = session({ status: 'failed', reason: 'provider' })
const stopped = session({ status: 'interrupted', reason: 'user' })
const completed = session({ status: 'completed' })
/** It began at the very moment that the one before it ended. */
const nextModel = session({ status: 'completed', startedAt: refused.completedAt ?? '' })
/** Its work is merged after it. */
const isolated = session({ status: 'completed', branch: 'workthread/001-x/01.01.02', deliver: 'merge' })
const verified = session({ status: 'completed', deliver: 'verify' })
const running = session({ status: 'running', completedAt: undefined })

describe('the way of a thread', () => {
  it.each<[string, Partial<ThreadHistory>, string]>([
    ['that waits', {}, 'pending'],
    [
      'that runs',
      { status: 'running', value: { running: 'working' }, sessions: [running] },
      'pending → running (session 1)',
    ],
    [
      'that failed and was taken up again',
      { status: 'completed', value: 'completed', sessions: [failed, stopped, completed] },
      'pending → running (session 1) → failed (exit) → running (session 2) → interrupted (user) → running (session 3) → completed',
    ],
    [
      'whose next model took over',
      { status: 'completed', value: 'completed', sessions: [refused, nextModel] },
      'pending → running (session 1) → next model → running (session 2) → completed',
    ],
    [
      'that was retried after its provider refused it',
      { status: 'completed', value: 'completed', sessions: [refused, completed] },
      'pending → running (session 1) → failed (provider) → running (session 2) → completed',
    ],
    [
      'that a person called done',
      { status: 'completed', value: 'completed', sessions: [failed] },
      'pending → running (session 1) → failed (exit) → completed',
    ],
    [
      'whose work is being merged',
      { status: 'running', value: { running: { delivering: 'merging' } }, sessions: [isolated] },
      'pending → running (session 1) → delivering',
    ],
    [
      'whose work is merged',
      { status: 'completed', value: 'completed', sessions: [isolated] },
      'pending → running (session 1) → delivering → completed',
    ],
    [
      'whose work has a conflict',
      { status: 'failed', value: 'failed', sessions: [isolated], deliveryReason: 'conflict' },
      'pending → running (session 1) → delivering → failed (conflict)',
    ],
    [
      'that was resumed after a conflict',
      {
        status: 'running',
        value: { running: 'working' },
        sessions: [isolated, { ...isolated, status: 'running' }],
      },
      'pending → running (session 1) → delivering → running (session 2)',
    ],
    ['that was done without a session', { status: 'completed', value: 'completed' }, 'pending → completed'],
  ])('%s follows from its sessions', (_, fields, way) => {
    const [title, ...lines] = marks(fields).title
    expect(title).toBe('Thread 01.01.02 Parser')
    expect(lines.join(' ')).toBe(way)
  })

  it.each([
    ['the innermost state of its snapshot', { running: 'working' }, 'running.working'],
    ['the state that has no inner one', 'running', 'running'],
    [
      'the step of a delivery that is done now',
      { running: { delivering: 'merging' } },
      'running.delivering.merging',
    ],
    ['the innermost state that is known', { running: { delivering: 'pushing' } }, 'running.delivering'],
    ['its status, when a state is not known', { running: 'dreaming' }, 'running'],
    ['its status, when the snapshot says another', 'failed', 'running'],
    ['its status, without a snapshot', undefined, 'running'],
    ['its status, when the value is none', { running: 7 }, 'running'],
  ])('ends at %s', (_, value, present) => {
    expect(trailOf(chart, history({ status: 'running', value, sessions: [running] })).present).toBe(present)
  })
})

describe('what a picture points out', () => {
  it('is each state that the thread must have been in, and each arrow that it must have taken', () => {
    const { isTaken, passed, present } = marks({
      status: 'completed',
      value: 'completed',
      sessions: [failed, completed],
    })
    expect(present).toBe('completed')
    expect([...passed].toSorted()).toEqual([
      'completed',
      'failed',
      'pending',
      'running',
      'running.opening',
      'running.settling',
      'running.starting',
    ])
    expect(isTaken('pending', 'running')).toBe(true)
    expect(isTaken('running.opening', 'running.starting')).toBe(true)
    expect(isTaken('running.opening', 'running.preparing')).toBe(false)
    expect(isTaken('running.settling', 'failed')).toBe(true)
    expect(isTaken('failed', 'running')).toBe(true)
    expect(isTaken('running.settling', 'completed')).toBe(true)
  })

  it('is the clone that was prepared, and the first step of the delivery', () => {
    const { isTaken, passed } = marks({ status: 'completed', value: 'completed', sessions: [isolated] })
    expect(isTaken('running.opening', 'running.preparing')).toBe(true)
    expect(isTaken('running.opening', 'running.starting')).toBe(false)
    expect(isTaken('running.settling', 'running.delivering')).toBe(true)
    expect(isTaken('running.delivering.choosing', 'running.delivering.committing')).toBe(true)
    expect(passed).toContain('running.delivering')
    expect(passed).not.toContain('running.delivering.merging')
    expect(isTaken('running.settling', 'completed')).toBe(false)
  })

  it('is only that work was verified, for a thread in the main tree', () => {
    const { isTaken } = marks({ status: 'failed', sessions: [verified], deliveryReason: 'verify' })
    expect(isTaken('running.opening', 'running.starting')).toBe(true)
    expect(isTaken('running.delivering.choosing', 'running.delivering.verifying')).toBe(true)
    expect(isTaken('running.delivering.choosing', 'running.delivering.committing')).toBe(false)
  })

  it('is the way from the delivery as a whole in the chart of threads, which does not show its steps', () => {
    const thread = charts['thread']?.()
    if (thread === undefined) throw new Error('There is no chart of threads.')
    const told = history({
      status: 'running',
      value: { running: { delivering: 'merging' } },
      sessions: [isolated],
    })
    expect(trailOf(thread, told).present).toBe('running.delivering')
    const over = { ...told, status: 'interrupted' as const, value: 'interrupted' }
    const { isTaken } = marksOf(thread, over, trailOf(thread, over))
    expect(isTaken('running.delivering', 'interrupted')).toBe(true)
    expect(isTaken('running.settling', 'interrupted')).toBe(false)
  })

  it('is no arrow of which nobody knows', () => {
    const { isTaken } = marks({ status: 'failed', value: 'failed', sessions: [failed] })
    expect(isTaken('running.starting', 'running.working')).toBe(false)
    expect(isTaken('running.working', 'running.settling')).toBe(false)
    expect(isTaken('failed', 'running')).toBe(false)
    expect(isTaken('running.settling', 'running.nextModel')).toBe(false)
  })

  it('is the change of the model, and not a failure', () => {
    const { isTaken, passed } = marks({
      status: 'completed',
      value: 'completed',
      sessions: [refused, nextModel],
    })
    expect(isTaken('running.settling', 'running.nextModel')).toBe(true)
    expect(isTaken('running.nextModel', 'running.opening')).toBe(true)
    expect(isTaken('running.opening', 'running.starting')).toBe(true)
    expect(isTaken('running.settling', 'failed')).toBe(false)
    expect(passed).not.toContain('failed')
  })

  it('is the frame around the present state', () => {
    const { passed } = marks({ status: 'running', value: { running: 'ending' }, sessions: [running] })
    expect(passed).toContain('running')
  })
})

function marks(fields: Partial<ThreadHistory>) {
  const told = history(fields)
  return marksOf(chart, told, trailOf(chart, told))
}
