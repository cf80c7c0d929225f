import { describe, expect, it } from 'vitest'
import { previewRun, startRun } from '../../src/engine/run.ts'
import { until } from '../helpers/until.ts'
import { exited, killed } from './scripted-runner.ts'
import { makeWorld, stateOf } from './world.ts'
import { approvedStages, runningSession } from '../builders/records.ts'
import { refusedThread, tasksOf } from '../builders/threads.ts'
import { alive } from './working.ts'

describe('parallelism', () => {
  it('never goes beyond what is asked for, and takes threads in order', async () => {
    const threads = Array.from({ length: 40 }, (_, index) => `01.01.${String(index + 1).padStart(2, '0')}`)
    const world = makeWorld({ threads })
    const run = await world.run({ parallel: 3 })
    for (let left = 40; left > 0; left -= 1) {
      await until(() => world.runner.living.length === Math.min(3, left), 'a full house')
      // The middle one ends first, sometimes by a crash: its slot is reused anyway.
      const thread = world.runner.living[left % 2] ?? world.runner.living[0] ?? ''
      world.runner.finish(thread, left % 5 === 0 ? killed('SIGKILL') : exited(0))
    }
    expect(await run.finished).toMatchObject({ end: 'halted' })
    expect(world.runner.peak).toBe(3)
    expect(world.runner.started).toEqual(threads)
  })

  it('is what agents.yaml says, unless the run says otherwise', async () => {
    const world = makeWorld({ parallel: 7 })
    const request = { selection: { type: 'continue', without: [] }, parallel: undefined } as const
    expect((await previewRun(world, request)).parallel).toBe(7)
    expect((await previewRun(world, { ...request, parallel: 2 })).parallel).toBe(2)
  })
})

describe('a stage', () => {
  const threads = ['01.01.01', '02.01.01']

  it('waits for the approval of the one before it, which is named', async () => {
    const world = makeWorld({ threads })
    world.runner.fate = () => exited(0)
    expect(await world.runAll()).toMatchObject({ end: 'gated', batch: '02.01', gate: '01' })
    expect(world.runner.started).toEqual(['01.01.01'])
  })

  it('starts if it was given in the meantime', async () => {
    const world = makeWorld({ threads })
    const run = await world.run()
    await alive(world, '01.01.01')
    await world.index.commit((index) => {
      for (const stream of index.streams) stream.approval = approvedStages('1')
    })
    world.runner.finish('01.01.01')
    await alive(world, '02.01.01')
    world.runner.finish('02.01.01')
    expect(await run.finished).toMatchObject({ end: 'done' })
  })
})

describe('a run', () => {
  it('with nothing to do is done at once', async () => {
    const tasks = tasksOf('01.01.01').map((task) => ({ ...task, status: 'completed' as const }))
    expect(await makeWorld({ tasks }).runAll()).toEqual({
      startedAt: expect.any(String),
      end: 'done',
      held: [],
      threads: [],
      batch: null,
      gate: null,
    })
  })

  it('reports each change only when it is durable', async () => {
    const world = makeWorld()
    world.runner.fate = () => exited(0)
    const told: unknown[] = []
    const run = await startRun(
      world,
      { selection: { type: 'continue', without: [] }, parallel: undefined },
      {
        planned: ({ batches }) => told.push(batches.map((batch) => batch.id)),
        changed: ({ status }) => told.push([status, stateOf(world.disk())]),
        output: () => undefined,
      },
    )
    await run.finished
    expect(told).toEqual([
      ['01.01'],
      ['running', { running: 'starting' }],
      ['running', { running: 'working' }],
      ['completed', 'completed'],
    ])
  })

  it('skips a thread whose last task was reported while it waited', async () => {
    const world = makeWorld({ threads: ['01.01.01', '01.01.02'], parallel: 1 })
    const run = await world.run()
    await alive(world, '01.01.01')
    await world.tasks.commit((file) => {
      for (const task of file.tasks.filter(({ id }) => id.startsWith('01.01.02'))) task.status = 'completed'
    })
    world.runner.finish('01.01.01')
    expect(await run.finished).toMatchObject({ end: 'done' })
    expect(world.runner.started).toEqual(['01.01.01'])
  })

  it('opens a session for the next model when the provider refuses one, as an attempt of its own', async () => {
    const world = makeWorld(refusedThread())
    world.runner.sight = { type: 'ended', evidence: exited(1, 'model not found') }
    world.runner.fate = () => exited(0)
    expect(await world.runAll()).toMatchObject({ end: 'done' })
    expect(world.disk().sessions).toMatchObject([
      { attempt: 1, model: 'a/one', status: 'failed', reason: 'provider', exitCode: 1 },
      { attempt: 2, model: 'b/two', status: 'completed', sessionId: 'ses_10' },
    ])
  })

  it('reopens the tasks of a completed thread, if forced, and runs it again', async () => {
    const [first, second] = tasksOf('01.01.01').map((task) => ({ ...task, report: 'Done.' }))
    if (first === undefined || second === undefined) throw new Error('There is no task.')
    const ended = runningSession({ status: 'completed', completedAt: '2026-02-03T04:01:00.000Z' })
    const world = makeWorld({
      tasks: [
        { ...first, status: 'completed', sessions: [ended] },
        { ...second, status: 'cancelled' },
      ],
    })
    const threads = [{ id: '01.01.01', action: 'retry', force: true }] as const
    const run = await world.run({ selection: { type: 'threads', threads } })
    await alive(world, '01.01.01')
    expect(world.disk().tasks).toMatchObject([
      { status: 'pending', report: 'Done.' },
      { status: 'cancelled' },
    ])
    world.runner.finish('01.01.01')
    expect(await run.finished).toMatchObject({ end: 'done', threads: [{ status: 'completed' }] })
    expect(world.disk().sessions).toMatchObject([{ attempt: 1 }, { attempt: 2, status: 'completed' }])
  })

  it('continues with all but rate-limited threads, and reports them at the end', async () => {
    const retryAt = '2999-01-01T00:00:00.000Z'
    const limited = runningSession({ status: 'failed', reason: 'rate-limit', retryAt, completedAt: retryAt })
    const [first, ...rest] = tasksOf('01.01.01')
    if (first === undefined) throw new Error('There is no task.')
    const world = makeWorld({
      tasks: [{ ...first, sessions: [limited] }, ...rest, ...tasksOf('01.01.02'), ...tasksOf('01.02.01')],
    })
    world.runner.fate = () => exited(0)
    expect(await world.runAll()).toMatchObject({
      end: 'held',
      held: [{ id: '01.01.01', retryAt }],
      threads: [{ id: '01.01.02', status: 'completed' }],
    })
    expect(world.runner.started).toEqual(['01.01.02'])
  })

  it('refuses a thread that another run owns, naming its process and command, until that is over', async () => {
    const world = makeWorld({ threads: ['01.01.01', '01.01.02'] })
    const run = await world.run()
    const one = { type: 'threads', threads: [{ id: '01.01.02', action: 'go-on' }] } as const
    await expect(world.run({ selection: one })).rejects.toMatchObject({
      code: 'thread-busy',
      message: expect.stringMatching(
        new RegExp(`^Thread 01\\.01\\.02 .*process ${process.pid} \\(work multi --batch 01\\.01\\)`),
      ),
    })
    await alive(world, '01.01.01', '01.01.02')
    expect(world.runner.started).toHaveLength(2)
    // As of two `work fix --retry` at once the second, which finds the first one's session recorded.
    for (const action of ['retry', 'resume'] as const) {
      const again = { type: 'threads', threads: [{ id: '01.01.02', action }] } as const
      await expect(world.run({ selection: again })).rejects.toMatchObject({ code: 'thread-busy' })
    }
    run.leave()
    await run.finished
    const left = { type: 'threads', threads: [{ id: '01.01.02', action: 'retry' }] } as const
    await expect(world.run({ selection: left })).rejects.toMatchObject({ code: 'thread-running' })
    world.runner.sight = { type: 'ended', evidence: exited(0) }
    expect(await world.runAll({ selection: one })).toMatchObject({ end: 'done' })
  })
})
