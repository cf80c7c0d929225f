import { describe, expect, it } from 'vitest'
import { until } from '../helpers/until.ts'
import { exited, gone } from './scripted-runner.ts'
import { makeWorld } from './world.ts'
import { envelope, runningThread, tasksOf } from '../builders/threads.ts'
import { alive } from './working.ts'

describe('leaving a run', () => {
  it('keeps the session running and recorded as such, and another run adopts it', async () => {
    const world = makeWorld()
    const run = await world.run()
    await alive(world, '01.01.01')
    run.leave()
    expect(await run.finished).toMatchObject({ end: 'left' })
    expect(world.disk()).toMatchObject({ status: 'running', tasks: [{ currentSessionId: 'ses_1' }, {}] })
    expect(world.runner.living).toEqual(['01.01.01'])

    world.runner.sight = { type: 'alive', process: null }
    const next = await world.run()
    await until(() => world.runner.calls.filter(({ method }) => method === 'watch').length === 2, 'adoption')
    world.runner.finish('01.01.01')
    expect(await next.finished).toMatchObject({ end: 'done' })
    expect(world.disk().sessions).toMatchObject([{ sessionId: 'ses_1', status: 'completed' }])
    expect(world.runner.started).toEqual(['01.01.01'])
  })
})

describe('a thread that another process left running', () => {
  it('is watched if its session is running, and takes a slot', async () => {
    const left = runningThread()
    const world = makeWorld({ ...left, tasks: [...left.tasks, ...tasksOf('01.01.02')], parallel: 1 })
    world.runner.sight = { type: 'alive', process: null }
    const run = await world.run()
    await alive(world, '01.01.01')
    world.runner.finish('01.01.01')
    await alive(world, '01.01.02')
    world.runner.finish('01.01.02')
    await run.finished
    expect(world.runner.started).toEqual(['01.01.02'])
    expect(world.runner.peak).toBe(1)
  })

  it.each([
    ['completed', exited(0), 'completed'],
    ['failed', exited(3), 'failed'],
    ['vanished', gone(), 'interrupted'],
  ])('is settled if its session has %s in the meantime', async (_, evidence, status) => {
    const world = makeWorld(runningThread())
    world.runner.sight = { type: 'ended', evidence }
    await world.runAll()
    expect(world.disk()).toMatchObject({ status, sessions: [{ sessionId: 'ses_9', status }] })
    expect(world.disk().tasks[0]).not.toHaveProperty('currentSessionId')
    expect(world.runner.started).toEqual([])
  })

  it('is started, as the same session, when it never was', async () => {
    const world = makeWorld(runningThread())
    world.runner.fate = () => exited(0)
    await world.runAll()
    expect(world.runner.started).toEqual(['01.01.01'])
    expect(world.disk().sessions).toMatchObject([
      { sessionId: 'ses_9', token: 'token-9', status: 'completed' },
    ])
  })

  it('is ended when that was under way', async () => {
    const left = runningThread()
    const world = makeWorld(left)
    world.runner.sight = { type: 'alive', process: null }
    const run = await world.run()
    await alive(world, '01.01.01')
    run.leave()
    await run.finished
    const ending = { cause: { status: 'interrupted', reason: 'user' }, force: false }
    await world.tasks.commit((file) => {
      file.threads['01.01.01'] = envelope({ running: 'ending' }, { ending })
    })
    expect(await world.runAll()).toMatchObject({ end: 'halted' })
    expect(world.disk().sessions).toMatchObject([{ status: 'interrupted', reason: 'user' }])
  })

  it('is watched by the run, also when its agent is no longer in agents.yaml', async () => {
    const world = makeWorld({ ...runningThread('01.01.01', { agentName: 'gone' }) })
    world.runner.sight = { type: 'ended', evidence: exited(0) }
    expect(await world.runAll()).toMatchObject({ end: 'done' })
  })
})

describe('a thread of a later batch that another process left running', () => {
  const begun = runningThread('01.02.01', { log: 'work/001-demo/logs/01.02.01/1' })
  const tasks = [...tasksOf('01.01.01'), ...begun.tasks, ...tasksOf('01.02.02')]

  it('is watched from the beginning, and starts nothing early', async () => {
    const world = makeWorld({ tasks, envelopes: begun.envelopes })
    world.runner.sight = { type: 'alive', process: null }
    const run = await world.run()
    await alive(world, '01.01.01', '01.02.01')
    world.runner.finish('01.02.01')
    await until(() => world.disk('01.02.01').status === 'completed', 'its end on disk')
    expect(world.runner.started).toEqual(['01.01.01'])
    world.runner.finish('01.01.01')
    await alive(world, '01.02.02')
    world.runner.finish('01.02.02')
    expect(await run.finished).toMatchObject({ end: 'done' })
    expect(world.runner.started).toEqual(['01.01.01', '01.02.02'])
    expect(world.disk('01.02.01').sessions).toHaveLength(1)
  })

  it('is watched to its end although the run does not continue', async () => {
    const world = makeWorld({ tasks, envelopes: begun.envelopes })
    world.runner.sight = { type: 'alive', process: null }
    const run = await world.run()
    await alive(world, '01.01.01', '01.02.01')
    world.runner.finish('01.01.01', exited(3))
    await until(() => world.disk('01.01.01').status === 'failed', 'a failure')
    expect(world.disk('01.02.01').status).toBe('running')
    world.runner.finish('01.02.01')
    expect(await run.finished).toMatchObject({ end: 'halted', batch: '01.01' })
    expect(world.disk('01.02.01').status).toBe('completed')
    expect(world.runner.started).toEqual(['01.01.01'])
  })
})
