import { describe, expect, it } from 'vitest'
import type { SessionRecord } from '../../machines/session.ts'
import { planRun } from '../../src/engine/run-plan.ts'
import type { Selection } from '../../src/threads/selection.ts'
import { threadsOf } from '../../src/threads/thread.ts'
import { approvedStages, runningSession, tasksFile } from '../builders/records.ts'
import { agent, type AgentFields } from '../builders/agents.ts'
import { runningThread, tasksOf } from '../builders/threads.ts'
import { actions, close, goOn, ids, interrupted, plan, resumable, withSessions, world } from './planned.ts'

describe('a thread', () => {
  it.each<[string, SessionRecord[], AgentFields, string]>([
    ['that never ran is started', [], {}, 'start 1 do-it'],
    ['that was interrupted is gone on with', [interrupted], resumable, 'resume 2 do-it --continue'],
    ['that cannot be gone on with is done anew', [interrupted], {}, 'retry 2 do-it'],
    ['that failed is done anew', [runningSession({ status: 'failed' })], resumable, 'retry 2 do-it'],
    [
      'that was interrupted under another agent is done anew',
      [{ ...interrupted, agentName: 'other' }],
      resumable,
      'retry 2 do-it',
    ],
    [
      'that was interrupted on another runner is done anew',
      [{ ...interrupted, runner: 'opencode' }],
      resumable,
      'retry 2 do-it',
    ],
    [
      'whose attempts have gaps gets the next number',
      [runningSession({ status: 'failed' }), runningSession({ status: 'failed', attempt: 5 })],
      {},
      'retry 6 do-it',
    ],
    [
      'of an old file, whose sessions have no numbers, counts them',
      [
        runningSession({ status: 'failed', attempt: undefined }),
        runningSession({ status: 'failed', attempt: undefined }),
      ],
      {},
      'retry 3 do-it',
    ],
  ])('%s', (_, sessions, fields, expected) => {
    expect(actions(plan(withSessions('01.01.01', sessions), { agents: [agent(fields)] }))).toEqual([
      `01.01.01 ${expected}`,
    ])
  })

  it('that another process left running is adopted, by the agent that has it', () => {
    const { tasks, envelopes } = runningThread('01.01.01', { agentName: 'gone', attempt: 4 })
    const threads = threadsOf(tasksFile(tasks, { threads: envelopes }))
    const { batches } = planRun({ ...world([agent()]), threads, selection: goOn })
    expect(batches[0]?.threads).toMatchObject([
      { action: 'adopt', attempt: 4, agent: { name: 'gone', runner: 'command', done_when: 'exit' } },
    ])
  })

  it('goes to its assigned agent, unless another one is named for this run', () => {
    const tasks = tasksOf('01.01.01').map((task) => ({ ...task, assigned_agent: 'other' }))
    const agents = [agent(), agent({ name: 'other', command: ['other'] })]
    expect(actions(plan(tasks, { agents }))).toEqual(['01.01.01 start 1 other'])
    const selection: Selection = {
      type: 'threads',
      threads: [{ id: '01.01.01', action: 'go-on', agent: 'default' }],
    }
    expect(actions(plan(tasks, { agents, selection }))).toEqual(['01.01.01 start 1 do-it'])
  })
})

describe('the selection', () => {
  const tasks = ['01.01.01', '01.01.02', '01.02.01', '02.01.01', '10.01.01'].flatMap(tasksOf)
  const some = close(tasks, '01.01.01')

  it('to continue takes all that is not done, batch after batch', () => {
    const { batches } = plan(some.toReversed())
    expect(batches.map(({ id, threads }) => `${id}: ${threads.map((one) => one.id).join(' ')}`)).toEqual([
      '01.01: 01.01.02',
      '01.02: 01.02.01',
      '02.01: 02.01.01',
      '10.01: 10.01.01',
    ])
  })

  it('to continue is empty when all is done', () => {
    expect(plan(close(tasks, ''))).toEqual({ batches: [], parallel: 4, held: [] })
  })

  it('of a batch takes its threads that are not done', () => {
    expect(ids(plan(some, { selection: batch('01.01') }))).toEqual(['01.01.02'])
    expect(ids(plan(close(some, '01.01'), { selection: batch('01.01') }))).toEqual([])
  })

  it('of a batch whose turn it is not is refused, unless it is forced', () => {
    expect(() => plan(some, { selection: batch('01.02') })).toThrow(
      'Batch 01.02 comes after batch 01.01, whose thread 01.01.02 is not done.',
    )
    expect(ids(plan(some, { selection: { ...batch('01.02'), force: true } }))).toEqual(['01.02.01'])
    expect(ids(plan(close(tasks, '01.01'), { selection: batch('01.02') }))).toEqual(['01.02.01'])
  })

  it('of a batch knows by number which comes first, also beyond the hundredth', () => {
    const many = ['01.99.01', '01.100.01'].flatMap(tasksOf)
    expect(ids(plan(many, { selection: batch('01.99') }))).toEqual(['01.99.01'])
    expect(() => plan(many, { selection: batch('01.100') })).toThrow('comes after batch 01.99')
  })

  it('of a thread takes that one', () => {
    expect(ids(plan(some, { selection: thread('02.01.01') }))).toEqual(['02.01.01'])
  })

  it.each<[string, Selection, string, string]>([
    [
      'a thread that is done',
      thread('01.01.01'),
      'thread-completed',
      'Thread 01.01.01 "Thread 01.01.01" is done',
    ],
    [
      'a thread that is not there',
      thread('01.01.09'),
      'thread-not-found',
      '01.01.01 Thread 01.01.01, 01.01.02',
    ],
    ['a batch that is not there', batch('01.09'), 'batch-not-found', '01.01, 01.02, 02.01, 10.01'],
    [
      'an agent that is not there',
      { type: 'threads', threads: [{ id: '01.02.01', action: 'go-on', agent: 'defalt' }] },
      'agent-not-found',
      'default',
    ],
  ])('of %s is refused with a list of the existing ones', (_, selection, code, words) => {
    expect(() => plan(some, { selection })).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(words) }),
    )
  })

  it('of anything in a workstream without tasks says how to get some', () => {
    expect(() => plan([])).toThrow(expect.objectContaining({ code: 'no-tasks' }))
  })

  it('of an agent on an unsupported runner says what to do', () => {
    const agents = [agent({ runner: 'opencode' })]
    expect(() => plan(tasks, { agents })).toThrow(
      expect.objectContaining({ code: 'runner-unavailable', hint: expect.stringContaining('work assign') }),
    )
  })
})

describe('a batch', () => {
  const tasks = ['01.01.01', '02.01.01', '03.01.01'].flatMap(tasksOf)

  it('waits for the approval of the first stage before it that has none', () => {
    expect(plan(tasks).batches.map(({ gate }) => gate)).toEqual([null, '01', '01'])
    const approval = approvedStages('1')
    expect(plan(tasks, { approval }).batches.map(({ gate }) => gate)).toEqual([null, null, '02'])
    const all = approvedStages('1', '2')
    expect(plan(tasks, { approval: all }).batches.map(({ gate }) => gate)).toEqual([null, null, null])
  })

  it('carries the names of its stage and itself', () => {
    expect(plan(tasks).batches[0]).toMatchObject({ stage: '01', stageName: 'Stage 01', name: 'Batch 01.01' })
  })
})

function batch(id: string) {
  return { type: 'batch', batch: id, force: false } as const
}

function thread(id: string) {
  return { type: 'threads', threads: [{ id, action: 'go-on' }] } as const
}
