import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { originAt } from '../../src/process/origin.ts'
import { describe, expect, it } from 'vitest'
import { previewRun, startRun } from '../../src/engine/run.ts'
import { WorkError } from '../../src/errors.ts'
import { put } from '../store/workspace.ts'
import { until } from '../helpers/until.ts'
import { exited, killed, gone } from './scripted-runner.ts'
import {
  approvedStages,
  envelope,
  makeWorld,
  refusedThread,
  runningThread,
  session,
  stateOf,
  tasksOf,
  type TestWorld,
} from './world.ts'

describe('a thread that ends well', () => {
  it('is recorded with its session, its tasks completed by its exit code', async () => {
    const world = makeWorld()
    world.runner.fate = () => exited(0, 'bye')
    const report = await world.runAll()
    expect(report).toMatchObject({ end: 'done', batch: '01.01', gate: null })
    const thread = world.disk()
    expect(thread).toMatchObject({ status: 'completed', envelope: { machine: 'thread', version: 1 } })
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

describe('a file that cannot be written to', () => {
  const conflict = '<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> theirs\n'

  it.each(['while an agent runs', 'while another thread waits'])(
    '%s ends the run with that error, and the agents keep running',
    async (when) => {
      const threads = when.includes('another')
        ? ['01.01.01', '01.01.02', '01.01.03']
        : ['01.01.01', '01.01.02']
      const world = makeWorld({ threads, parallel: 2 })
      const run = await world.run()
      await alive(world, '01.01.01', '01.01.02')
      const before = readFileSync(world.stream.tasks, 'utf8')
      writeFileSync(world.stream.tasks, conflict)
      world.runner.finish('01.01.01')
      await expect(run.finished).rejects.toMatchObject({ message: expect.stringContaining('tasks.json') })
      expect(readFileSync(world.stream.tasks, 'utf8')).toBe(conflict)
      expect(world.runner.living).toEqual(['01.01.02'])

      // Once the file is repaired, the next run finds the results of both.
      writeFileSync(world.stream.tasks, before)
      world.runner.sight = { type: 'ended', evidence: exited(0) }
      world.runner.fate = () => exited(0)
      expect(await world.runAll()).toMatchObject({ end: 'done' })
    },
  )

  it('releases every thread, and records none after the next owner took over', async () => {
    const world = makeWorld({ threads: ['01.01.01', '01.01.02'] })
    const run = await world.run()
    await alive(world, '01.01.01', '01.01.02')
    const before = readFileSync(world.stream.tasks, 'utf8')
    writeFileSync(world.stream.tasks, conflict)
    world.runner.finish('01.01.01')
    await run.finished.catch(() => undefined)
    writeFileSync(world.stream.tasks, before)
    world.runner.finish('01.01.02')
    await new Promise((resolve) => setImmediate(resolve))
    await world.tasks.commit(() => undefined)
    expect(world.disk('01.01.02').status).toBe('running')
  })

  it('before anything was started starts nothing', async () => {
    const world = makeWorld()
    const run = world.run()
    const commit = world.tasks.commit.bind(world.tasks)
    world.tasks.commit = (change) => {
      writeFileSync(world.stream.tasks, conflict)
      return commit(change)
    }
    await expect(run.then((one) => one.finished)).rejects.toThrow('tasks.json')
    expect(world.runner.calls).toEqual([])
  })

  it('because the tasks of the thread are gone says so', async () => {
    const world = makeWorld({ threads: ['01.01.01', '01.01.02'] })
    const run = await world.run()
    await alive(world, '01.01.01', '01.01.02')
    await world.tasks.commit((file) => {
      file.tasks = file.tasks.filter((task) => !task.id.startsWith('01.01.01'))
      delete file.threads['01.01.01']
    })
    world.runner.finish('01.01.01')
    await expect(run.finished).rejects.toThrow('Thread 01.01.01 no longer has tasks in tasks.json')
  })

  it('because its index is missing at a gate says so', async () => {
    const world = makeWorld({ threads: ['01.01.01', '02.01.01'] })
    const run = await world.run()
    await alive(world, '01.01.01')
    rmSync(world.workspace.index)
    world.runner.finish('01.01.01')
    await expect(run.finished).rejects.toMatchObject({ code: 'not-initialized' })
    expect(world.disk().status).toBe('completed')
  })
})

describe('an unusable snapshot', () => {
  it('ends the run by name, leaves the file as it is, and starts nothing', async () => {
    const world = makeWorld({
      ...runningThread(),
      envelopes: { '01.01.01': { machine: 'thread', version: 99, savedAt: '', snapshot: {} } },
    })
    const before = readFileSync(world.stream.tasks, 'utf8')
    await expect(world.runAll()).rejects.toMatchObject({ code: 'bad-snapshot' })
    expect(readFileSync(world.stream.tasks, 'utf8')).toBe(before)
    expect(world.runner.calls).toEqual([])
  })
})

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
    const ended = session({ status: 'completed', completedAt: '2026-02-03T04:01:00.000Z' })
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
    const limited = session({ status: 'failed', reason: 'rate-limit', retryAt, completedAt: retryAt })
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

async function alive(world: TestWorld, ...threads: string[]): Promise<void> {
  await until(
    () => threads.every((thread) => world.runner.living.includes(thread) && isWorking(world, thread)),
    `${threads.join(', ')} alive`,
  )
}

function isWorking(world: TestWorld, thread: string): boolean {
  return JSON.stringify(stateOf(world.disk(thread))) === '{"running":"working"}'
}
