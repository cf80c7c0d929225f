import { describe, expect, it } from 'vitest'
import type { SessionRecord } from '../../machines/session.ts'
import { estimate } from '../../src/planning/estimate.ts'
import { threadsOf, type ThreadFacts } from '../../src/threads/thread.ts'
import { session, task, tasksFile } from '../builders/records.ts'

const minute = 60_000

/** A completed thread that took so many minutes. */
function took(minutes: number, cost?: number, agentName = 'default'): ThreadFacts {
  const start = Date.parse('2026-02-03T04:00:00Z')
  const record: SessionRecord = session({
    agentName,
    status: 'completed',
    startedAt: new Date(start).toISOString(),
    completedAt: new Date(start + minutes * minute).toISOString(),
    usage: { inputTokens: 1, ...(cost !== undefined && { cost }) },
  })
  return threadWith(record)
}

function threadWith(record: SessionRecord): ThreadFacts {
  const [thread] = threadsOf(tasksFile([task({ id: '01.01.01.01', sessions: [record] })]))
  if (thread === undefined) throw new Error('There is no thread.')
  return thread
}

const one = [{ batch: '01.01', agent: 'default' }]

describe('an estimate', () => {
  it('is made from what earlier threads took, in the middle half', () => {
    const history = [1, 10, 20, 30, 100].map((minutes) => took(minutes, minutes / 10))
    expect(estimate({ threads: one, parallel: 4, history })).toEqual({
      basis: 5,
      time: { low: 10 * minute, high: 30 * minute },
      cost: { low: 1, high: 3 },
    })
  })

  it('is not made from less than three completed threads', () => {
    const history = [took(1), took(2), threadWith(session({ status: 'failed', reason: 'exit' }))]
    expect(estimate({ threads: one, parallel: 4, history })).toBeUndefined()
  })

  it('adds up rounds of a batch, and batches, but the cost of all threads', () => {
    const history = [took(10, 1), took(10, 1), took(10, 1)]
    const threads = ['01.01', '01.01', '01.01', '01.02'].map((batch) => ({ batch, agent: 'default' }))
    expect(estimate({ threads, parallel: 2, history })).toMatchObject({
      time: { low: 30 * minute, high: 30 * minute },
      cost: { low: 4, high: 4 },
    })
  })

  it('says nothing of a cost that is not known of enough threads', () => {
    const history = [took(10, 1), took(10, 1), took(10)]
    expect(estimate({ threads: one, parallel: 1, history })).not.toHaveProperty('cost')
  })

  it('takes threads of the same agent, where there are enough', () => {
    const history = [
      ...[1, 1, 1].map((minutes) => took(minutes)),
      ...[9, 9, 9].map((minutes) => took(minutes, undefined, 'deep')),
    ]
    const threads = [{ batch: '01.01', agent: 'deep' }]
    expect(estimate({ threads, parallel: 1, history })?.time).toEqual({ low: 9 * minute, high: 9 * minute })
  })
})
