import { originAt } from '../../src/process/origin.ts'
import { describe, expect, it } from 'vitest'
import { until } from '../helpers/until.ts'
import { exited, killed, gone } from './scripted-runner.ts'
import { makeWorld } from './world.ts'
import { put } from '../builders/workspace.ts'
import { tasksOf } from '../builders/threads.ts'
import { alive } from './working.ts'

describe('a thread that ends well', () => {
  it('is recorded with its session, its tasks completed by its exit code', async () => {
    const world = makeWorld()
    world.runner.fate = () => exited(0, 'bye')
    const report = await world.runAll()
    expect(report).toMatchObject({ end: 'done', batch: '01.01', gate: null })
    const thread = world.disk()
    expect(thread).toMatchObject({ status: 'completed', envelope: { machine: 'thread', version: 2 } })
    expect(thread.tasks.map((task) => task.status)).toEqual(['completed', 'completed'])
    expect(thread.tasks[0]).not.toHaveProperty('currentSessionId')
    expect(thread.sessions).toEqual([
      {
        sessionId: 'ses_1',
        agentName: 'default',
        model: '',
        status: 'completed',
        startedAt: expect.any(String),
        completedAt: '2026-02-03T05:00:00.000Z',
        exitCode: 0,
        detail: 'bye',
        attempt: 1,
        runner: 'command',
        mode: 'fresh',
        token: expect.any(String),
        origin: originAt(world.workspace.root),
        doneWhen: 'exit',
        cwd: '.',
        log: 'work/001-demo/logs/01.01.01/1',
        process: { pid: 1, startTicks: '1', host: 'here', bootId: 'boot' },
      },
    ])
  })

  it('leaves a task cancelled that was', async () => {
    const [first, second] = tasksOf('01.01.01')
    if (first === undefined || second === undefined) throw new Error('There are no tasks.')
    const world = makeWorld({ tasks: [{ ...first, status: 'cancelled' }, second] })
    world.runner.fate = () => exited(0)
    await world.runAll()
    expect(world.disk().tasks.map((task) => task.status)).toEqual(['cancelled', 'completed'])
  })

  it('keeps what others write into the file while it is running, even unknown fields', async () => {
    const world = makeWorld()
    const run = await world.run()
    await alive(world, '01.01.01')
    await world.tasks.commit((file) => {
      const second = file.tasks[1]
      if (second !== undefined) Object.assign(second, { report: 'half of it', mood: 'good' })
    })
    world.runner.finish('01.01.01')
    await run.finished
    expect(world.disk().tasks[1]).toMatchObject({ report: 'half of it', mood: 'good', status: 'completed' })
  })
})

describe('a thread that does not', () => {
  it('is recorded as failed, and halts the run after its batch has settled', async () => {
    const world = makeWorld({ threads: ['01.01.01', '01.01.02', '01.02.01'] })
    const run = await world.run()
    await alive(world, '01.01.01', '01.01.02')
    world.runner.finish('01.01.01', exited(3, 'no such table'))
    await until(() => world.disk().status === 'failed', 'the failure on disk')
    expect(world.disk().sessions).toMatchObject([{ status: 'failed', reason: 'exit', exitCode: 3 }])
    expect(world.runner.living).toEqual(['01.01.02'])
    world.runner.finish('01.01.02')
    expect(await run.finished).toMatchObject({ end: 'halted', batch: '01.01' })
    expect(world.disk('01.01.02').status).toBe('completed')
    expect(world.disk('01.02.01').status).toBe('pending')
  })

  it.each([
    ['ended by a signal', killed('SIGKILL'), { status: 'interrupted', reason: 'signal', signal: 'SIGKILL' }],
    ['gone without a word', gone(), { status: 'interrupted', reason: 'lost' }],
    ['started in vain', new Error('The folder is gone.'), { status: 'failed', reason: 'spawn' }],
  ])('is recorded as it was: %s', async (_, fate, expected) => {
    const world = makeWorld()
    world.runner.fate = () => fate
    expect(await world.runAll()).toMatchObject({ end: 'halted' })
    expect(world.disk().sessions).toMatchObject([expected])
    expect(world.disk().tasks.map((task) => task.status)).toEqual(['pending', 'pending'])
  })

  it('is out of time when its agent says so, and is ended', async () => {
    const world = makeWorld({ agent: { timeout: 1 } })
    expect(await world.runAll()).toMatchObject({ end: 'halted' })
    expect(world.disk().sessions).toMatchObject([{ status: 'failed', reason: 'timeout', signal: 'SIGINT' }])
  })
})

describe('running a thread again', () => {
  it('opens the next attempt, and its prompt says why the last one ended', async () => {
    const world = makeWorld()
    world.runner.fate = () => exited(3, 'no such table')
    await world.runAll()
    world.runner.fate = () => exited(0)
    expect(await world.runAll()).toMatchObject({ end: 'done' })
    const { sessions } = world.disk()
    expect(sessions).toMatchObject([
      { attempt: 1, status: 'failed' },
      { attempt: 2, status: 'completed', log: 'work/001-demo/logs/01.01.01/2' },
    ])
    expect(new Set(sessions.map((one) => one.token)).size).toBe(2)
    expect(world.runner.prompts[1]).toContain('failed: its program exited with an error (exit, exit code 3)')
    expect(world.runner.prompts[1]).toContain('no such table')
  })

  it('does not confuse the logs of an unknown session with those of a new one', async () => {
    const world = makeWorld()
    put(`${world.stream.logs}/01.01.01/1.start.json`, '{}')
    put(`${world.stream.logs}/01.01.01/1.exit.json`, '{}')
    world.runner.fate = () => exited(0)
    await world.runAll()
    const [one] = world.disk().sessions
    expect(one).toMatchObject({ attempt: 1, log: expect.stringContaining('work/001-demo/logs/01.01.01/1') })
    expect(one?.log).not.toBe('work/001-demo/logs/01.01.01/1')
  })

  it('runs a completed thread again after its tasks were reopened', async () => {
    const world = makeWorld()
    world.runner.fate = () => exited(0)
    await world.runAll()
    await world.tasks.commit((file) => {
      for (const task of file.tasks) task.status = 'pending'
    })
    world.runner.fate = () => exited(3)
    expect(await world.runAll()).toMatchObject({ end: 'halted' })
    expect(world.runner.prompts[1]).toContain('01.01.01.02')
    expect(world.disk()).toMatchObject({
      status: 'failed',
      tasks: [{ status: 'pending' }, { status: 'pending' }],
    })
  })
})
