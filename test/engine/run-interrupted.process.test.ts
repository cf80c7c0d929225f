import { describe, expect, it } from 'vitest'
import { startRun } from '../../src/engine/run.ts'
import { WorkError } from '../../src/errors.ts'
import { until } from '../helpers/until.ts'
import { killed } from './scripted-runner.ts'
import { makeWorld, stateOf } from './world.ts'
import { alive } from './working.ts'

describe('an interruption', () => {
  it('interrupts every running session, starts no other, and is recorded', async () => {
    const world = makeWorld({ threads: ['01.01.01', '01.01.02', '01.01.03'], parallel: 2 })
    const run = await world.run()
    await alive(world, '01.01.01', '01.01.02')
    run.interrupt(false)
    expect(await run.finished).toMatchObject({ end: 'interrupted' })
    expect(world.disk().sessions).toMatchObject([{ status: 'interrupted', reason: 'user', signal: 'SIGINT' }])
    expect(world.disk('01.01.03').status).toBe('pending')
    expect(world.runner.started).toEqual(['01.01.01', '01.01.02'])
  })

  it('with force replaces an interruption that is ignored', async () => {
    const world = makeWorld()
    world.runner.isPolite = false
    const run = await world.run()
    await alive(world, '01.01.01')
    run.interrupt(false)
    await until(() => world.runner.calls.some((call) => call.force === false), 'the polite end')
    run.interrupt(false)
    run.interrupt(true)
    expect(await run.finished).toMatchObject({ end: 'interrupted' })
    const ends = world.runner.calls.filter((call) => call.method === 'end').map((call) => call.force)
    expect(ends).toEqual([false, true])
    expect(world.disk().sessions).toMatchObject([{ signal: 'SIGKILL', reason: 'user' }])
  })

  it('before a session is started keeps it from being started', async () => {
    const world = makeWorld()
    const run = await world.run()
    await until(() => world.disk().sessions.length > 0, 'the record of the session')
    run.interrupt(false)
    expect(await run.finished).toMatchObject({ end: 'interrupted' })
    expect(world.runner.live.size).toBe(0)
    expect(world.disk().sessions).toMatchObject([{ status: 'interrupted', reason: 'user' }])
  })
})

describe('a session that survives a kill', () => {
  const only = { type: 'threads', threads: [{ id: '01.01.01', action: 'go-on' }] } as const

  it('is left as it is: recorded as running and being ended, and free for the next run, which ends it', async () => {
    const world = makeWorld({ threads: ['01.01.01', '01.01.02'], patience: 50 })
    world.runner.isPolite = world.runner.isMortal = false
    const run = await world.run()
    await alive(world, '01.01.01', '01.01.02')
    expect(run.live()).toMatchObject([{ id: '01.01.01' }, { id: '01.01.02' }])
    run.interrupt(false)
    await until(() => world.runner.calls.some(({ method }) => method === 'end'), 'a polite word')
    world.runner.finish('01.01.02', killed('SIGINT'))
    await until(() => world.disk('01.01.02').status === 'interrupted', 'the end of the other')
    run.interrupt(true)
    expect(await run.finished).toMatchObject({
      end: 'interrupted',
      threads: [
        { id: '01.01.01', status: 'running' },
        { id: '01.01.02', status: 'interrupted', session: { reason: 'user' } },
      ],
    })
    expect(world.disk()).toMatchObject({ status: 'running', sessions: [{ status: 'running' }] })
    expect(stateOf(world.disk())).toEqual({ running: 'ending' })

    world.runner.isPolite = world.runner.isMortal = true
    world.runner.sight = { type: 'alive', process: null }
    expect(await world.runAll({ selection: only })).toMatchObject({
      end: 'halted',
    })
    expect(world.disk().sessions).toMatchObject([{ status: 'interrupted', reason: 'user' }])
  })
})

describe('a session that can not be ended', () => {
  const obstacle = new WorkError('opencode did not answer.', {
    code: 'opencode-refused',
    hint: 'work doctor',
  })

  it('stays recorded as running, and the others continue to their end', async () => {
    const world = makeWorld({ threads: ['01.01.01', '01.01.02', '01.02.01'], agent: { timeout: 1 } })
    world.runner.obstacle = (thread) => (thread === '01.01.01' ? obstacle : undefined)
    const left: unknown[] = []
    const watcher = { planned: () => undefined, changed: () => undefined, output: () => undefined }
    const run = await startRun(
      world,
      { selection: { type: 'continue', without: [] }, parallel: 1 },
      { ...watcher, left: (id, error) => left.push([id, error.code, error.message, error.hint]) },
    )
    expect(await run.finished).toMatchObject({
      end: 'halted',
      threads: [
        { id: '01.01.01', status: 'running' },
        { id: '01.01.02', status: 'failed', session: { reason: 'timeout' } },
      ],
    })
    expect(left).toEqual([
      [
        '01.01.01',
        'session-lives-on',
        'Could not stop session ses_1. opencode did not answer.',
        'work doctor',
      ],
    ])
    expect(stateOf(world.disk())).toEqual({ running: 'outOfReach' })
    expect(world.runner.started).toEqual(['01.01.01', '01.01.02'])
  })

  it('does not keep a stopped run from ending', async () => {
    const world = makeWorld({ threads: ['01.01.01', '01.01.02'] })
    world.runner.obstacle = (thread) => (thread === '01.01.01' ? obstacle : undefined)
    const run = await world.run()
    await alive(world, '01.01.01', '01.01.02')
    run.interrupt(false)
    expect(await run.finished).toMatchObject({
      end: 'interrupted',
      threads: [{ status: 'running' }, { status: 'interrupted', session: { reason: 'user' } }],
    })
  })
})
