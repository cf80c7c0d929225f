import { describe, expect, it } from 'vitest'
import type { SessionRecord } from '../../machines/session.ts'
import { planRun, type RunPlan } from '../../src/engine/run-plan.ts'
import type { Selection, ThreadWish } from '../../src/threads/selection.ts'
import { threadsOf } from '../../src/threads/thread.ts'
import type { Agent } from '../../src/agents/agents-file.ts'
import type { Approval } from '../../src/store/index/index-file.ts'
import type { Task } from '../../src/store/tasks/schema.ts'
import { tasksFile } from '../store/workspace.ts'
import { ScriptedRunner } from './scripted-runner.ts'
import { agent, type AgentFields, approvedStages, runningThread, session, tasksOf } from './world.ts'

const resumable = { resume_command: ['do-it', '--continue'] }
const interrupted = session({ status: 'interrupted', reason: 'user' })
const goOn: Selection = { type: 'continue', without: [] }

describe('a thread', () => {
  it.each<[string, SessionRecord[], AgentFields, string]>([
    ['that never ran is started', [], {}, 'start 1 do-it'],
    ['that was interrupted is gone on with', [interrupted], resumable, 'resume 2 do-it --continue'],
    ['that cannot be gone on with is done anew', [interrupted], {}, 'retry 2 do-it'],
    ['that failed is done anew', [session({ status: 'failed' })], resumable, 'retry 2 do-it'],
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
      [session({ status: 'failed' }), session({ status: 'failed', attempt: 5 })],
      {},
      'retry 6 do-it',
    ],
    [
      'of an old file, whose sessions have no numbers, counts them',
      [session({ status: 'failed', attempt: undefined }), session({ status: 'failed', attempt: undefined })],
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
    const threads = threadsOf(tasksFile({ tasks, threads: envelopes }))
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

describe('a wish for a thread', () => {
  const failed = session({ status: 'failed', agentName: 'other' })
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
  const limited = session({ status: 'failed', reason: 'rate-limit', retryAt: later })
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
    expect(plan(tasks).batches[0]).toMatchObject({ stage: '01', stageName: 'Stage', name: 'Batch' })
  })
})

interface PlanOptions {
  agents?: Agent[]
  selection?: Selection
  approval?: Approval
}

function plan(tasks: Task[], { agents = [agent()], selection = goOn, approval }: PlanOptions = {}): RunPlan {
  return planRun({ ...world(agents), approval, threads: threadsOf(tasksFile({ tasks })), selection })
}

function world(agents: Agent[]) {
  const runners = new Map([['command', new ScriptedRunner()]])
  const now = new Date('2026-02-03T05:00:00.000Z')
  return {
    agents: { agents, parallel: 4 },
    runners,
    approval: undefined,
    parallel: undefined,
    now,
    root: '/',
  }
}

function withSessions(id: string, sessions: SessionRecord[]): Task[] {
  const [first, ...rest] = tasksOf(id)
  return first === undefined ? [] : [{ ...first, sessions }, ...rest]
}

/** The tasks with all of a thread or batch done. */
function close(tasks: Task[], id: string): Task[] {
  return tasks.map((task) => (task.id.startsWith(id) ? { ...task, status: 'completed' } : task))
}

function batch(id: string) {
  return { type: 'batch', batch: id, force: false } as const
}

function thread(id: string) {
  return { type: 'threads', threads: [{ id, action: 'go-on' }] } as const
}

function wishing(wish: Omit<ThreadWish, 'id'>): Selection {
  return { type: 'threads', threads: [{ id: '01.01.01', ...wish }] }
}

function ids({ batches }: RunPlan): string[] {
  return batches.flatMap((one) => one.threads.map(({ id }) => id))
}

function actions({ batches }: RunPlan): string[] {
  return batches.flatMap((one) =>
    one.threads.map(({ id, action, attempt, command }) => `${id} ${action} ${attempt} ${command?.join(' ')}`),
  )
}
