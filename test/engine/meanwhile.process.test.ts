import { describe, expect, it } from 'vitest'
import { exitCodeOf } from '../../src/cli/commands/run/report.ts'
import { resultOf } from '../../src/engine/run-result.ts'
import { startRun } from '../../src/engine/run.ts'
import { ownerOf } from '../../src/threads/leases.ts'
import { exited, gone } from './scripted-runner.ts'
import type { Run, RunWorld } from '../../src/engine/run-context.ts'
import { makeWorld, type TestWorld } from './world.ts'
import { until } from '../helpers/until.ts'
import { standingOf } from '../../src/threads/standing.ts'
import { approvedStages, task } from '../builders/records.ts'
import { agent } from '../builders/agents.ts'
import { runningThread, tasksOf } from '../builders/threads.ts'

/** What happens to a run while its agents work. */

it('a task that is added while an agent works is not completed by the exit of that agent, which does not know it', async () => {
  const world = makeWorld({ threads: ['01.01.01', '01.02.01'] })
  const run = await world.run()
  await alive(world, '01.01.01')
  await world.tasks.commit((file) => {
    file.tasks.push(task({ id: '01.01.01.03', created_at: new Date().toISOString() }))
  })
  world.runner.finish('01.01.01')
  expect(await run.finished).toMatchObject({ end: 'halted' })
  const { status, sessions, tasks } = world.disk()
  expect(tasks.map((one) => one.status)).toEqual(['completed', 'completed', 'pending'])
  expect(status).toBe('failed')
  expect(sessions).toMatchObject([
    {
      reason: 'incomplete',
      exitCode: 0,
      detail: 'Exited with code 0, but 1 of 3 tasks was added while it was running.',
    },
  ])
  expect(world.runner.started).toEqual(['01.01.01'])

  world.runner.fate = () => exited(0)
  expect(await world.runAll()).toMatchObject({ end: 'done' })
  expect(world.disk().tasks.map((one) => one.status)).toEqual(['completed', 'completed', 'completed'])
})

it('a failing exit of an agent that has reported all its tasks does not stop the run: nothing is left to fix', async () => {
  const world = makeWorld({ threads: ['01.01.01', '01.02.01'], agent: { done_when: 'exit' } })
  const run = await startQuietly(world)
  await alive(world, '01.01.01')
  await reportAll(world, '01.01.01')
  world.runner.finish('01.01.01', exited(1))
  await alive(world, '01.02.01')
  expect(world.disk().sessions).toMatchObject([
    { status: 'completed', exitCode: 1, detail: 'All tasks are done, but the exit code is 1.' },
  ])
  world.runner.finish('01.02.01')
  expect(await run.finished).toMatchObject({ end: 'done' })
})

it('a late report of a session that was counted as lost is accepted', async () => {
  const world = makeWorld(runningThread())
  world.runner.sight = { type: 'ended', evidence: gone() }
  await world.runAll()
  expect(world.disk()).toMatchObject({ status: 'interrupted', sessions: [{ reason: 'lost' }] })
  await reportAll(world)
  expect(standingOf(world.disk())).toEqual({ status: 'completed', reason: null })
  expect(await world.runAll()).toMatchObject({ end: 'done', threads: [] })
  expect(world.runner.started).toEqual([])
})

it('a thread that others complete after it had failed counts as completed, and the run continues with the next batch', async () => {
  const world = makeWorld({ threads: ['01.01.01', '01.01.02', '01.02.01'] })
  const run = await world.run()
  await alive(world, '01.01.01', '01.01.02')
  world.runner.finish('01.01.01', exited(3))
  await until(async () => (await ownerOf(world.stream, '01.01.01')) === undefined)
  expect(await ownerOf(world.stream, '01.01.02')).toBeDefined()

  world.runner.fate = () => exited(0)
  const threads = [{ id: '01.01.01', action: 'retry' }] as const
  expect(await world.runAll({ selection: { type: 'threads', threads } })).toMatchObject({ end: 'done' })
  expect(world.disk().sessions).toMatchObject([{ status: 'failed' }, { status: 'completed' }])

  world.runner.finish('01.01.02')
  expect(await run.finished).toMatchObject({
    end: 'done',
    threads: [
      { id: '01.01.01', status: 'completed', reason: null, session: { attempt: 2 } },
      { id: '01.01.02', status: 'completed' },
      { id: '01.02.01', status: 'completed' },
    ],
  })
})

it('a thread that others still run when everything else is done keeps the run from being done, and is reported as running', async () => {
  const world = makeWorld({ threads: ['01.01.01', '01.01.02', '01.02.01'] })
  const run = await world.run()
  await alive(world, '01.01.01', '01.01.02')
  world.runner.finish('01.01.01', exited(3))
  await until(async () => (await ownerOf(world.stream, '01.01.01')) === undefined)
  const threads = [{ id: '01.01.01', action: 'retry' }] as const
  const other = await world.run({ selection: { type: 'threads', threads } })
  await alive(world, '01.01.02', '01.01.01')

  world.runner.finish('01.01.02')
  const report = await run.finished
  expect(report).toMatchObject({
    end: 'halted',
    threads: [
      { id: '01.01.01', status: 'running', reason: null, session: { attempt: 2 } },
      { id: '01.01.02', status: 'completed' },
    ],
  })
  expect(resultOf('001-demo', report).status).toBe('running')
  world.runner.finish('01.01.01')
  await other.finished
})

it('a completed thread is reopened by the start of its new session, not earlier', async () => {
  const world = makeWorld({ threads: ['01.01.01', '01.01.02'], agent: { done_when: 'exit' }, parallel: 1 })
  world.runner.fate = () => exited(0)
  await world.runAll()
  world.runner.fate = () => 'lives'
  const seen: string[] = []
  world.runner.onCall = ({ method, thread }) => {
    if (method === 'start') seen.push(...world.disk(thread).tasks.map(({ status }) => status))
  }
  const threads = ['01.01.01', '01.01.02'].map((id) => ({ id, action: 'retry', force: true }) as const)
  const run = await world.run({ selection: { type: 'threads', threads } })
  await alive(world, '01.01.01')
  run.interrupt(false)
  expect(await run.finished).toMatchObject({ end: 'interrupted' })
  expect(seen).toEqual(['pending', 'pending'])
  expect(world.runner.prompts[2]).toContain('01.01.01.02')
  expect(world.disk('01.01.01')).toMatchObject({ status: 'interrupted', tasks: [{ status: 'pending' }, {}] })
  expect(world.disk('01.01.02')).toMatchObject({ status: 'completed', tasks: [{ status: 'completed' }, {}] })
})

it('all sessions of an earlier run are watched at once, and stopped with Ctrl-C, however few may be started', async () => {
  const ids = ['01.01.01', '01.01.02', '01.01.03']
  const left = ids.map((id, index) =>
    runningThread(id, { sessionId: `ses_9${index}`, token: `token-${index}`, log: `logs/${id}` }),
  )
  const world = makeWorld({
    tasks: [...left.flatMap(({ tasks }) => tasks), ...tasksOf('01.01.04')],
    envelopes: Object.assign({}, ...left.map(({ envelopes }) => envelopes)),
    parallel: 1,
  })
  world.runner.sight = { type: 'alive', process: null }
  const run = await world.run()
  await alive(world, ...ids)
  run.interrupt(false)
  expect(await run.finished).toMatchObject({ end: 'interrupted' })
  expect(ids.map((id) => world.disk(id).status)).toEqual(['interrupted', 'interrupted', 'interrupted'])
  expect(world.disk('01.01.04').status).toBe('pending')
})

describe('while a session of a later stage is watched to its end', () => {
  it('a failed thread may be fixed, and the run continues to the gate', async () => {
    const world = withLater()
    const run = await world.run()
    await alive(world, '01.01.01', '02.01.01')
    world.runner.finish('01.01.01', exited(3))
    await until(async () => (await ownerOf(world.stream, '01.01.01')) === undefined)
    world.runner.fate = () => exited(0)
    const threads = [{ id: '01.01.01', action: 'retry' }] as const
    await world.runAll({ selection: { type: 'threads', threads } })
    world.runner.finish('02.01.01')
    const report = await run.finished
    expect(report).toMatchObject({
      end: 'gated',
      threads: [{ status: 'completed' }, { status: 'completed' }],
    })
    expect(exitCodeOf(report)).toBe(0)
  })

  it('the previous stage may be approved, and the run continues', async () => {
    const world = withLater(['02.01.02'])
    const run = await world.run()
    await alive(world, '01.01.01', '02.01.01')
    world.runner.finish('01.01.01')
    await until(async () => (await ownerOf(world.stream, '01.01.01')) === undefined)
    await world.index.commit((index) => {
      for (const stream of index.streams) stream.approval = approvedStages('1')
    })
    world.runner.fate = () => exited(0)
    world.runner.finish('02.01.01')
    expect(await run.finished).toMatchObject({ end: 'done', gate: null })
    expect(world.disk('02.01.02').status).toBe('completed')
  })

  it('its failure is not a success, although the run stopped at the gate before its stage', async () => {
    const world = withLater()
    const run = await world.run()
    await alive(world, '01.01.01', '02.01.01')
    world.runner.finish('01.01.01')
    world.runner.finish('02.01.01', exited(3))
    const report = await run.finished
    expect(report).toMatchObject({ end: 'gated', gate: '01' })
    expect(resultOf('001-demo', report)).toMatchObject({ status: 'failed', gate: '01' })
    expect(exitCodeOf(report)).toBe(1)
  })
})

describe('an agent that does not end', () => {
  const patience = 60

  it('after reporting all its tasks is ended when it is silent, and its thread is completed', async () => {
    const world = { ...makeWorld({ agent: { done_when: 'tasks' } }), hungAfter: patience }
    const run = await startQuietly(world)
    await alive(world, '01.01.01')
    await reportAll(world)
    expect(await run.finished).toMatchObject({ end: 'done' })
    expect(world.disk()).toMatchObject({
      status: 'completed',
      sessions: [
        { status: 'completed', signal: 'SIGINT', detail: expect.stringContaining('No activity after') },
      ],
    })
  })

  it('but still writes, has tasks left, or is judged by its exit, is left alone', async () => {
    const threads = ['01.01.01', '01.01.02', '01.01.03']
    const world = { ...makeWorld({ threads, agent: { done_when: 'tasks' } }), hungAfter: patience }
    const byExit = agent({ name: 'by-exit' })
    world.agents.agents.push(byExit)
    await world.tasks.commit((file) => {
      for (const one of file.tasks) if (one.id.startsWith('01.01.03')) one.assigned_agent = byExit.name
    })
    let lines = 0
    world.runner.lastLine = ({ env }) => (env()['WORK_THREAD'] === '01.01.01' ? `line ${(lines += 1)}` : '')
    const run = await startQuietly(world)
    await alive(world, ...threads)
    await reportAll(world, '01.01.01', '01.01.03')
    // Checked often enough to end one that hangs.
    await until(() => lines > 40)
    expect(world.runner.living).toEqual(threads)
    for (const thread of threads) world.runner.finish(thread)
    await run.finished
    expect(world.runner.calls.filter(({ method }) => method === 'end')).toEqual([])
  })
})

it('a watcher that throws ends the run with its error, and the agents keep running', async () => {
  const world = makeWorld()
  const run = await startRun(
    world,
    { selection: { type: 'continue', without: [] }, parallel: undefined },
    { planned: () => undefined, changed: complain, output: () => undefined },
  )
  await expect(run.finished).rejects.toThrow('no room on the screen')
  expect(world.disk().status).toBe('running')
  expect(await ownerOf(world.stream, '01.01.01')).toBeUndefined()
})

/** A thread of the first stage to run, and one of the second that an earlier run left alive. */
function withLater(more: string[] = []): TestWorld {
  const { tasks, envelopes } = runningThread('02.01.01')
  const world = makeWorld({ tasks: [...tasksOf('01.01.01'), ...tasks, ...more.flatMap(tasksOf)], envelopes })
  world.runner.sight = { type: 'alive', process: null }
  return world
}

function startQuietly(world: RunWorld): Promise<Run> {
  return startRun(
    world,
    { selection: { type: 'continue', without: [] }, parallel: undefined },
    { planned: () => undefined, changed: () => undefined, output: () => undefined },
  )
}

/** As agents do with `work update`. */
async function reportAll(world: TestWorld, ...threads: string[]): Promise<void> {
  await world.tasks.commit((file) => {
    for (const one of file.tasks) {
      if (threads.length > 0 && !threads.some((id) => one.id.startsWith(id))) continue
      Object.assign(one, { status: 'completed', updated_at: new Date().toISOString() })
    }
  })
}

async function alive(world: TestWorld, ...threads: string[]): Promise<void> {
  await until(() => world.runner.living.toSorted().join() === threads.toSorted().join())
}

function complain(): never {
  throw new Error('no room on the screen')
}
