import { describe, expect, it } from 'vitest'
import type { Selection, ThreadWish } from '../../src/threads/selection.ts'
import type { Task } from '../../src/store/tasks/schema.ts'
import { runningSession } from '../builders/records.ts'
import { agent } from '../builders/agents.ts'
import { runningThread, tasksOf } from '../builders/threads.ts'
import { actions, close, ids, interrupted, plan, resumable, withSessions } from './planned.ts'

describe('a wish for a thread', () => {
  const failed = runningSession({ status: 'failed', agentName: 'other' })
  const agents = [agent(resumable), agent({ name: 'other', command: ['other'] })]
  const stopped = withSessions('01.01.01', [interrupted])

  it.each<[string, Task[], Omit<ThreadWish, 'id'>, string]>([
    ['resumes the last session', stopped, { action: 'resume' }, 'resume 2 do-it --continue'],
    ['retries a session that could be gone on with', stopped, { action: 'retry' }, 'retry 2 do-it'],
    [
      'stays with the agent that did it last, whoever it is assigned to',
      withSessions('01.01.01', [failed]),
      { action: 'retry' },
      'retry 2 other',
    ],
    [
      'swaps the agent',
      withSessions('01.01.01', [failed]),
      { action: 'retry', agent: 'default' },
      'swap 2 do-it',
    ],
    [
      'opens a thread that is done, when forced',
      close(stopped, '01.01.01'),
      { action: 'retry', agent: 'other', force: true },
      'swap 2 other',
    ],
  ])('%s', (_, tasks, wish, expected) => {
    expect(actions(plan(tasks, { agents, selection: wishing(wish) }))).toEqual([`01.01.01 ${expected}`])
  })

  it('puts one of the models first', () => {
    const models = [{ model: 'a/one' }, { model: 'b/two', variant: 'high' }, { model: 'c/three' }]
    const selection = wishing({ action: 'retry', model: 'b/two:high' })
    const { batches } = plan(stopped, { agents: [agent({ models })], selection })
    expect(batches[0]?.threads[0]?.agent.models.map(({ model }) => model)).toEqual([
      'b/two',
      'a/one',
      'c/three',
    ])
    expect(() =>
      plan(stopped, { agents: [agent({ models })], selection: wishing({ action: 'retry', model: 'x' }) }),
    ).toThrow('Agent "default" has no model x. Its models: a/one, b/two:high, c/three.')
  })

  it.each<[string, Task[], Omit<ThreadWish, 'id'>, string]>([
    ['that is done', close(stopped, '01.01.01'), { action: 'retry' }, 'thread-completed'],
    ['that has not been run', tasksOf('01.01.01'), { action: 'retry' }, 'thread-not-run'],
    ['whose session nobody has settled', runningThread().tasks, { action: 'resume' }, 'thread-running'],
    [
      'whose agent knows no way to go on',
      withSessions('01.01.01', [failed]),
      { action: 'resume' },
      'not-resumable',
    ],
  ])('is refused for one %s', (_, tasks, wish, code) => {
    expect(() => plan(tasks, { agents, selection: wishing(wish) })).toThrow(expect.objectContaining({ code }))
  })

  it('is carried out in the order of the plan', () => {
    const tasks = ['01.01.01', '01.01.02', '01.02.01'].flatMap((id) => withSessions(id, [interrupted]))
    const threads = ['01.02.01', '01.01.02'].map((id) => ({ id, action: 'retry' }) as const)
    expect(ids(plan(tasks, { selection: { type: 'threads', threads } }))).toEqual(['01.01.02', '01.02.01'])
  })
})

describe('a thread whose provider is rate-limited', () => {
  const later = '2026-02-03T06:00:00.000Z'
  const limited = runningSession({ status: 'failed', reason: 'rate-limit', retryAt: later })
  const tasks = [
    ...withSessions('01.01.01', [limited]),
    ...['01.01.02', '01.02.01'].flatMap((id) => tasksOf(id)),
  ]

  it('is held, and so is everything after its batch', () => {
    const planned = plan(tasks)
    expect(ids(planned)).toEqual(['01.01.02'])
    expect(planned.held).toEqual([{ id: '01.01.01', name: 'Thread 01.01.01', retryAt: later }])
  })

  it('does not prevent watching running threads, even after its batch', () => {
    const live = runningThread('01.02.02').tasks
    const planned = plan([...tasks, ...live])
    expect(ids(planned)).toEqual(['01.01.02', '01.02.02'])
    expect(planned.batches[1]?.threads).toMatchObject([{ action: 'adopt' }])
  })

  it('runs when that time has passed', () => {
    const past = withSessions('01.01.01', [{ ...limited, retryAt: '2026-02-03T05:00:00.000Z' }])
    expect(plan([...past, ...tasks.slice(2)])).toMatchObject({ held: [] })
  })

  it('runs with another agent', () => {
    const others = tasks.map((task) => ({ ...task, assigned_agent: 'other' }))
    expect(plan(others, { agents: [agent({ name: 'other' })] })).toMatchObject({ held: [] })
  })

  it('runs if the user names it', () => {
    expect(ids(plan(tasks, { selection: wishing({ action: 'retry' }) }))).toEqual(['01.01.01'])
  })

  it('is left out with the other threads that the user leaves alone', () => {
    const selection: Selection = { type: 'continue', without: ['01.01.01'] }
    expect(plan(tasks, { selection })).toMatchObject({ held: [] })
    expect(ids(plan(tasks, { selection }))).toEqual(['01.01.02', '01.02.01'])
  })
})

function wishing(wish: Omit<ThreadWish, 'id'>): Selection {
  return { type: 'threads', threads: [{ id: '01.01.01', ...wish }] }
}
