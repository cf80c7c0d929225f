import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { completeThreads } from '../../src/engine/complete-threads.ts'
import { identify } from '../../src/process/identity.ts'
import { ownThreads } from '../../src/threads/leases.ts'
import type { TasksFile } from '../../src/store/tasks/schema.ts'
import { fixture, startReady } from '../helpers/processes.ts'
import { until } from '../helpers/until.ts'
import { makeWorld, type TestWorld } from './world.ts'
import { formatMoment } from '../../src/text/dates.ts'
import { put } from '../builders/workspace.ts'
import { runningSession } from '../builders/records.ts'
import { tasksOf } from '../builders/threads.ts'

const at = '2026-02-03T05:00:00.000Z'
const now = () => new Date(at)
let world: TestWorld

/** A world with a thread whose session is recorded as running without a process; `fields` are the session's. */
function makeDead(fields: object = {}, envelopes: TasksFile['threads'] = {}): TestWorld {
  const [first, second] = tasksOf('01.01.01')
  if (first === undefined || second === undefined) throw new Error('A thread has two tasks here.')
  const record = runningSession({ log: 'work/001-demo/logs/01.01.01/1', ...fields })
  const tasks = [{ ...first, sessions: [record], currentSessionId: record.sessionId }, second]
  return makeWorld({ tasks, envelopes })
}

function complete(threadIds = ['01.01.01'], report?: string) {
  const { stream, tasks } = world

  return completeThreads({
    env: process.env,
    stream,
    tasks,
    threadIds,
    report,
    now,
    command: 'work session complete',
  })
}

describe('a session that ended unseen', () => {
  it('is recorded as lost if its end is unknown, and its thread is completed manually', async () => {
    world = makeDead()
    expect(await complete(['01.01.01'], 'Looked at.')).toEqual([
      { id: '01.01.01', name: 'Thread 01.01.01', by: 'user', tasks: ['01.01.01.01', '01.01.01.02'] },
    ])
    const { sessions, envelope, tasks, status } = world.disk()
    expect(status).toBe('completed')
    expect(sessions).toMatchObject([{ status: 'interrupted', reason: 'lost', completedAt: at }])
    expect(envelope?.snapshot).toMatchObject({ context: { settledBy: 'user', fallbacks: [], ending: null } })
    expect(tasks).toMatchObject([
      { status: 'completed', report: 'Looked at.', updated_at: at },
      { status: 'completed', report: 'Looked at.' },
    ])
    expect(tasks[0]).not.toHaveProperty('currentSessionId')
  })

  it('completes its thread if it ended normally', async () => {
    world = makeDead({ doneWhen: 'exit' })
    put(`${world.workspace.root}/work/001-demo/logs/01.01.01/1.exit.json`, { code: 0, signal: null, at })
    expect(await complete(['01.01.01'], 'Looked at.')).toMatchObject([{ by: 'session' }])
    const { sessions, envelope, tasks } = world.disk()
    expect(sessions).toMatchObject([{ status: 'completed', exitCode: 0 }])
    expect(envelope?.snapshot).toMatchObject({ context: { settledBy: 'session' } })
    expect(tasks.map((task) => [task.status, task.report])).toEqual([
      ['completed', undefined],
      ['completed', undefined],
    ])
  })
})

it('ends the remaining processes of a lost session before its thread is completed manually', async () => {
  const token = randomUUID()
  const { child } = await startReady(process.execPath, [fixture('hang')], { WORK_TOKEN: token })
  world = makeDead({ token })
  const self = identify(process.pid)
  const dead = { ...self, startTicks: '1' }
  put(`${world.workspace.root}/work/001-demo/logs/01.01.01/1.start.json`, { recorder: dead, agent: dead, at })
  expect(await complete()).toMatchObject([{ by: 'user' }])
  await until(() => child.signalCode !== null, 'the end of what was left')
  expect(child.signalCode).toBe('SIGTERM')
})

it.each([
  ['working', false],
  ['ending', false],
  ['ending', true],
] as const)(
  'a session that was %s (by force: %s) ends, and no other model is tried',
  async (state, force) => {
    const { startedAt: _, status: __, ...planned } = runningSession({ attempt: 2, token: 'token-10' })
    const context = {
      threadId: '01.01.01',
      fallbacks: [planned],
      // As an earlier version wrote it.
      timeout: 60_000,
      deadline: null,
      ending: { cause: { status: 'failed', reason: 'provider' }, force },
      outcome: null,
      settledBy: null,
    }
    const snapshot = { status: 'active', value: { running: state }, context }
    world = makeDead({}, { '01.01.01': { machine: 'thread', version: 1, savedAt: at, snapshot } })
    expect(await complete()).toMatchObject([{ by: 'user' }])
    const { sessions, status } = world.disk()
    expect(status).toBe('completed')
    expect(sessions).toMatchObject([{ attempt: 1, status: 'failed', reason: 'provider' }])
  },
)

describe('several threads', () => {
  beforeEach(() => {
    world = makeWorld({ threads: ['01.01.01', '01.01.02'] })
  })

  it('are completed all or none: one that is owned by a run keeps the others as they are', async () => {
    const { stream } = world
    const self = { pid: process.pid, command: 'work multi', since: at }
    const owner = await ownThreads(stream, ['01.01.02'], self)
    const before = world.tasks.read()
    await expect(complete(['01.01.01', '01.01.02'])).rejects.toMatchObject({
      code: 'thread-busy',
      message: `Thread 01.01.02 is being run by process ${process.pid} (work multi) since ${formatMoment(at)}.`,
    })
    expect(world.tasks.read()).toEqual(before)
    owner.release()
    expect(await complete(['01.01.01', '01.01.02'])).toMatchObject([{ by: 'user' }, { by: 'user' }])
  })

  it('are released when they are completed, and then no run starts them', async () => {
    await complete(['01.01.01', '01.01.02'])
    expect(await world.runAll()).toMatchObject({ end: 'done', threads: [] })
    expect(world.runner.calls).toEqual([])
  })
})
