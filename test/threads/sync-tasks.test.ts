import { describe, expect, it } from 'vitest'
import { listTasks, mergeTasks, newThreadIds, strayTasks } from '../../src/threads/sync-tasks.ts'
import { writeThread } from '../../src/threads/write-thread.ts'
import { threadsOf } from '../../src/threads/thread.ts'
import type { Task, TasksFile } from '../../src/store/tasks/schema.ts'
import { runningSession, task, tasksFile } from '../builders/records.ts'
import { envelope, tasksOf } from '../builders/threads.ts'
import { planOf } from '../builders/plan.ts'

type Entry = Parameters<typeof mergeTasks>[1][number]

const later = '2026-03-01T00:00:00.000Z'
const plan = planOf(['01.01.01', '01.01.02'].flatMap(tasksOf))

describe('the tasks that a plan asks for', () => {
  it('are those of its threads without a history', () => {
    expect(brief(listTasks(tasksFile([]), plan))).toEqual([
      '01.01.01.01 pending Task 01',
      '01.01.01.02 pending Task 02',
      '01.01.02.01 pending Task 01',
      '01.01.02.02 pending Task 02',
    ])
  })

  it.each<[string, Partial<Task>, TasksFile['threads']]>([
    ['a status', { status: 'in_progress' }, {}],
    ['a report', { report: 'half of it' }, {}],
    ['a breadcrumb', { breadcrumb: 'src/a.ts' }, {}],
    ['a session', { sessions: [runningSession({ status: 'failed' })] }, {}],
    ['a chart', {}, { '01.01.01': envelope('pending') }],
  ])('keep a thread unchanged that has %s', (_, fields, threads) => {
    const own = [
      task({ id: '01.01.01.01', name: 'Own', ...fields }),
      task({ id: '01.01.01.05', name: 'More' }),
    ]
    const list = listTasks(tasksFile(own, { threads }), plan)
    expect(list.filter(({ id }) => id.startsWith('01.01.01')).map(({ name }) => name)).toEqual([
      'Own',
      'More',
    ])
    expect(list.filter(({ id }) => id.startsWith('01.01.02'))).toHaveLength(2)
  })

  it('are made again for an untouched thread, and keep its agent', () => {
    const own = [
      task({ id: '01.01.01.01', name: 'Old', assigned_agent: 'fast' }),
      task({ id: '01.01.01.02' }),
    ]
    const list = listTasks(tasksFile(own), plan).filter(({ id }) => id.startsWith('01.01.01'))
    expect(list).toMatchObject([
      { name: 'Task 01', assigned_agent: 'fast' },
      { name: 'Task 02', assigned_agent: 'fast' },
    ])
  })

  it('keep a touched thread that is no longer in the plan, and drop an untouched one', () => {
    const own = [task({ id: '01.09.01.01', status: 'completed' }), task({ id: '01.09.02.01' })]
    const list = listTasks(tasksFile(own), plan)
    expect(list.map(({ id }) => id).filter((id) => id.startsWith('01.09'))).toEqual(['01.09.01.01'])
  })
})

describe('sessions of a thread', () => {
  it('stay its own when a task is put before the one that carries them', () => {
    const carrier = task({ id: '01.01.01.02', sessions: [runningSession({ status: 'failed' })] })
    const file = tasksFile([task({ id: '01.01.01.01' }), carrier])
    const [thread] = threadsOf(file)
    expect(thread?.sessions).toHaveLength(1)
    expect(thread?.status).toBe('failed')
    writeThread(file, { ...idle, threadId: '01.01.01', sessions: thread?.sessions ?? [] }, envelope('failed'))
    expect(file.tasks.map((one) => one.sessions?.length)).toEqual([1, undefined])
  })
})

const idle = {
  fallbacks: [],
  timeout: null,
  deadline: null,
  ending: null,
  outcome: null,
  settledBy: null,
  delivery: null,
}

describe('merging a list into the file', () => {
  it('adds what is new, drops what nobody touched, and keeps the rest with what happened on it', () => {
    const file = tasksFile([
      task({ id: '01.01.01.01', status: 'completed', report: 'done', sessions: [runningSession()] }),
      task({ id: '01.01.02.01' }),
      task({ id: '01.01.03.01', breadcrumb: 'src/a.ts' }),
      task({ id: '01.01.04.01' }),
      task({ id: '01.01.04.02', status: 'blocked' }),
    ])
    const list = [listed({ id: '01.01.01.01', name: 'New name' }), listed({ id: '01.01.05.01' })]
    expect(mergeTasks(file, list, later)).toEqual({
      added: 1,
      dropped: 1,
      kept: ['01.01.03.01', '01.01.04.01', '01.01.04.02'],
    })
    expect(file.tasks[0]).toMatchObject({
      name: 'New name',
      status: 'completed',
      report: 'done',
      sessions: [{ sessionId: 'ses_9' }],
      created_at: '2026-01-01T00:00:00.000Z',
      updated_at: later,
    })
  })

  it.each<[string, Partial<Task>, Partial<Entry>, Partial<Task>]>([
    ['a status the list states', { status: 'completed' }, { status: 'blocked' }, { status: 'blocked' }],
    ['no status for pending', { status: 'completed' }, { status: 'pending' }, { status: 'completed' }],
    ['a report the list states', { report: 'old' }, { report: 'new' }, { report: 'new' }],
    ['no report for none', { report: 'old' }, {}, { report: 'old' }],
    ['an agent the list states', { assigned_agent: 'a' }, { assigned_agent: 'b' }, { assigned_agent: 'b' }],
    ['no agent for none', { assigned_agent: 'a' }, {}, { assigned_agent: 'a' }],
  ])('takes %s', (_, own, change, expected) => {
    const file = tasksFile([task({ id: '01.01.01.01', ...own })])
    mergeTasks(file, [listed({ id: '01.01.01.01', ...change })], later)
    expect(file.tasks[0]).toMatchObject(expected)
  })

  it('keeps unknown fields', () => {
    const file = tasksFile([Object.assign(task({ id: '01.01.01.01' }), { mood: 'good' })])
    mergeTasks(file, [listed({ id: '01.01.01.01', name: 'New name' })], later)
    expect(file.tasks[0]).toMatchObject({ name: 'New name', mood: 'good' })
  })

  it('leaves a task alone, with its time, if the list has no news', () => {
    const file = tasksFile()
    const before = structuredClone(file)
    expect(mergeTasks(file, [listed({ id: '01.01.01.01' }), listed({ id: '01.01.01.02' })], later)).toEqual({
      added: 0,
      dropped: 0,
      kept: [],
    })
    expect(file).toEqual(before)
  })

  it('never loses the first task of a thread that has sessions', () => {
    const file = tasksFile([
      task({ id: '01.01.01.01', sessions: [runningSession()] }),
      task({ id: '01.01.01.02' }),
    ])
    const { kept } = mergeTasks(file, [listed({ id: '01.01.01.02' })], later)
    expect(kept).toEqual(['01.01.01.01'])
    expect(file.tasks.find(({ id }) => id === '01.01.01.01')?.sessions).toHaveLength(1)
  })
})

it('a thread of the plan is new when the file has no task of it', () => {
  expect(newThreadIds(tasksFile(tasksOf('01.01.01')), plan)).toEqual(['01.01.02'])
})

it('a listed task is astray when its thread is not in the plan', () => {
  const list = [listed({ id: '01.01.02.07' }), listed({ id: '01.01.20.01' }), listed({ id: '02.01.01.01' })]
  expect(strayTasks(list, plan).map(({ id }) => id)).toEqual(['01.01.20.01', '02.01.01.01'])
})

/** A task in a list, by default pending. */
function listed(fields: Partial<Entry> & { id: string }): Entry {
  const { name, status, stage_name, batch_name, thread_name } = task({ id: fields.id })
  return { name, status, stage_name, batch_name, thread_name, ...fields }
}

function brief(list: Pick<Task, 'id' | 'name' | 'status'>[]): string[] {
  return list.map(({ id, status, name }) => `${id} ${status} ${name}`)
}
