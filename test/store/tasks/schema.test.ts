import { expect, test } from 'vitest'
import type { SessionRecord } from '../../../machines/session.ts'
import { compileGuard } from '../../../src/store/json/guard.ts'
import { isTasksFile, StoredSession, TasksFile } from '../../../src/store/tasks/schema.ts'
import { task, tasksFile } from '../../builders/records.ts'

const session: SessionRecord = {
  sessionId: 'ses_1',
  agentName: 'default',
  model: 'acme/large',
  startedAt: '2026-01-01T00:00:00.000Z',
  status: 'running',
}

test('parsing keeps unknown fields at every level', () => {
  const file = {
    ...tasksFile(undefined, {
      threads: { '01.01.01': { machine: 'thread', version: 1, savedAt: 'x', snapshot: 1 } },
    }),
    tasks: [
      {
        ...task({ id: '01.01.01.01' }),
        sessions: [{ ...session, usage: { cost: 1, tax: 2 } }],
        own: { x: 1 },
      },
    ],
    own: [1],
  }
  expect(TasksFile.parse(file)).toEqual(file)
})

const samples: unknown[] = [
  tasksFile(),
  tasksFile([task({ id: '1.1.1.1', sessions: [session] })]),
  null,
  [],
  'text',
  {},
  { ...tasksFile(), tasks: {} },
  { ...tasksFile(), threads: [] },
  { ...tasksFile(), threads: { '01.01.01': {} } },
  { ...tasksFile(), tasks: [null] },
  { ...tasksFile(), tasks: [{ ...task({ id: '1.1.1.1' }), report: null }] },
  { ...tasksFile(), tasks: [{ ...task({ id: '1.1.1.1' }), report: undefined }] },
  {
    ...tasksFile(),
    tasks: [{ ...task({ id: '1.1.1.1' }), sessions: [{ ...session, exitCode: Number.NaN }] }],
  },
  { ...tasksFile(), tasks: [{ ...task({ id: '1.1.1.1' }), sessions: [{ ...session, mode: 'later' }] }] },
]

test.each(samples.map((sample) => [JSON.stringify(sample).slice(-120), sample]))(
  'the quick check and zod agree on …%s',
  (_, sample) => {
    expect(isTasksFile(sample)).toBe(TasksFile.safeParse(sample).success)
  },
)

test('the quick check leaves other values to zod', () => {
  const isStored = compileGuard(
    StoredSession.check(({ value, issues }) => {
      if (value.model === 'none') issues.push({ code: 'custom', input: value, message: 'a model' })
    }),
  )
  expect([isStored(session), isStored({ ...session, model: 'none' })]).toEqual([true, false])
})
