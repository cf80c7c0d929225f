import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { beforeEach, describe, expect, it } from 'vitest'
import { ownerOf } from '../../src/threads/leases.ts'
import type { Run } from '../../src/engine/run-context.ts'
import { startRun } from '../../src/engine/run.ts'
import { openTasks } from '../../src/store/tasks/tasks.ts'
import { until } from '../helpers/until.ts'
import { exited } from './scripted-runner.ts'
import { makeWorld, stateOf, type TestWorld } from './world.ts'
import { thrownBy } from '../builders/workspace.ts'

/** State files that git removes or resets to an older version while agents work. */

let world: TestWorld
/** The messages of the run while it waits; undefined when a wait is over. */
let said: (string | undefined)[]

beforeEach(() => {
  world = makeWorld({ threads: ['01.01.01', '01.01.02', '01.02.01'] })
  said = []
})

describe('tasks.json that is away for a moment while a thread ends', () => {
  it.each<[string, (path: string) => () => void]>([
    ['stashed', (path) => (renameSync(path, `${path}.stash`), () => renameSync(`${path}.stash`, path))],
    ['half written by a checkout', (path) => replaced(path, '{"version": "2.0.0", "ta')],
    ['in the middle of a merge', (path) => replaced(path, '<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> other\n')],
    [
      'a folder',
      (path) => {
        const text = readFileSync(path, 'utf8')
        rmSync(path)
        mkdirSync(path)
        return () => {
          rmSync(path, { recursive: true })
          writeFileSync(path, text)
        }
      },
    ],
  ])('as it is %s is waited for, which is shown, and the run continues when it is back', async (_, take) => {
    const run = await start()
    await alive('01.01.01', '01.01.02')
    const putBack = take(world.stream.tasks)
    world.runner.finish('01.01.01')
    await until(() => said.length > 0)
    expect(said[0]).toContain('tasks.json')
    putBack()
    await until(() => said.at(-1) === undefined)
    world.runner.finish('01.01.02')
    await alive('01.02.01')
    world.runner.finish('01.02.01')
    expect(await run.finished).toMatchObject({ end: 'done' })
    expect(world.disk().sessions).toMatchObject([{ status: 'completed', exitCode: 0 }])
  })

  it('and another process changes nothing in it: what an agent reports is refused, not lost', async () => {
    const run = await start()
    await alive('01.01.01', '01.01.02')
    const putBack = replaced(world.stream.tasks, undefined)
    const other = openTasks(world.stream, world.now)
    expect(await thrownBy(() => other.commit(() => undefined))).toMatchObject({
      code: 'state-gone',
      exitCode: 1,
      hint: expect.stringContaining('cp -p work/.run/last/001-demo.tasks.json work/001-demo/tasks.json'),
    })
    expect(other.read().tasks[0]?.currentSessionId, 'what work recorded last').toBe('ses_1')
    putBack()
    await other.commit((file) => Object.assign(file.tasks[0] ?? {}, { report: 'done so far' }))
    await stop(run)
    expect(world.disk().tasks[0].report).toBe('done so far')
  })
})

it.each<[string, (path: string) => () => void, string]>([
  ['cut short in place', cutShort, 'pending'],
  ['replaced by a part of it', (path) => replaced(path, '{"version": "2.0.0", "ta'), 'completed'],
])(
  'a session is not judged by old tasks while tasks.json, in which its agent completed them, is %s',
  async (_, take, shown) => {
    world = makeWorld({ threads: ['01.01.01'], agent: { done_when: 'tasks' } })
    const run = await start()
    await alive('01.01.01')
    await openTasks(world.stream, world.now).commit((file) => {
      for (const task of file.tasks) task.status = 'completed'
    })
    const putBack = take(world.stream.tasks)
    world.runner.finish('01.01.01')
    await until(() => said.length > 0)
    expect(said[0]).toContain('invalid JSON')
    putBack()
    expect(await run.finished).toMatchObject({ end: 'done' })
    expect(world.disk()).toMatchObject({ status: 'completed', sessions: [{ status: 'completed' }] })

    const [seen, other] = [openTasks(world.stream, world.now), openTasks(world.stream, world.now)]
    await seen.commit((file) =>
      Object.assign(file.tasks[0] ?? {}, { currentSessionId: 'ses_2', status: 'pending' }),
    )
    await other.commit((file) => Object.assign(file.tasks[0] ?? {}, { status: 'completed' }))
    take(world.stream.tasks)
    expect(seen.read().tasks[0]?.status, 'what is shown').toBe(shown)
    expect(await thrownBy(() => seen.readSound())).toMatchObject({ code: 'file-broken' })
  },
)

describe('tasks.json that stays away', () => {
  it('ends the run with an error and a command that restores it, and the agents keep running', async () => {
    const run = await start(200)
    await alive('01.01.01', '01.01.02')
    rmSync(world.stream.tasks)
    world.runner.finish('01.01.01')
    expect(await thrownBy(() => run.finished)).toMatchObject({
      code: 'state-gone',
      message: 'work/001-demo/tasks.json is missing.',
      exitCode: 1,
    })
    expect(world.runner.living).toEqual(['01.01.02'])
    expect(world.runner.calls.filter(({ method }) => method === 'end')).toEqual([])
    expect(await ownerOf(world.stream, '01.01.02')).toBeUndefined()

    copyFileSync(world.stream.tasksLast, world.stream.tasks)
    world.runner.sight = { type: 'ended', evidence: exited(0) }
    world.runner.fate = () => exited(0)
    expect(await world.runAll()).toMatchObject({ end: 'done' })
    expect(world.runner.started, 'no thread was started twice').toEqual(['01.01.01', '01.01.02', '01.02.01'])
  })

  it('between two batches, when no session is running, ends the run as well', async () => {
    const run = await start(200)
    await alive('01.01.01', '01.01.02')
    world.runner.finish('01.01.01')
    await until(() => world.disk().status === 'completed')
    world.runner.onCall = () => undefined
    rmSync(world.stream.folder, { recursive: true })
    rmSync(world.workspace.run, { recursive: true })
    world.runner.finish('01.01.02')
    expect(await thrownBy(() => run.finished)).toMatchObject({ code: 'state-gone' })
    expect(world.runner.started).toEqual(['01.01.01', '01.01.02'])
  })
})

describe('tasks.json that is put back to an older version while sessions run', () => {
  it('is not written to, so that nothing recorded since is lost, and the run continues when the newer one is back', async () => {
    const run = await startWithOld()
    const newer = readFileSync(world.stream.tasks, 'utf8')
    renameOver(world.stream.tasks, old)
    world.runner.finish('01.01.01')
    await until(() => said.length > 0)
    expect(said[0]).toMatch(
      /^work\/001-demo\/tasks\.json was replaced by an older version while threads were running/,
    )
    expect(readFileSync(world.stream.tasks, 'utf8')).toBe(old)
    renameOver(world.stream.tasks, newer)
    await until(() => world.disk().status === 'completed')
    expect(world.disk().tasks[1]?.report).toBe('reported before the stash')
    await stop(run)
  })

  it('and stays so ends the run; the older one is used only on request', async () => {
    const run = await startWithOld(200)
    renameOver(world.stream.tasks, old)
    world.runner.finish('01.01.01')
    expect(await thrownBy(() => run.finished)).toMatchObject({
      code: 'state-gone',
      hint: expect.stringContaining('To keep the older one: rm work/.run/last/001-demo.tasks.json'),
    })
    const fresh = openTasks(world.stream, world.now)
    expect(await thrownBy(() => fresh.commit(() => undefined))).toMatchObject({ code: 'state-gone' })
    rmSync(world.stream.tasksLast)
    await openTasks(world.stream, world.now).commit((file) =>
      Object.assign(file.tasks[0] ?? {}, { report: 'x' }),
    )
  })

  it('is used as it is if no session was running: switching branches is nothing special', async () => {
    const store = openTasks(world.stream, world.now)
    const before = readFileSync(world.stream.tasks, 'utf8')
    await store.commit((file) => Object.assign(file.tasks[0] ?? {}, { report: 'one' }))
    renameOver(world.stream.tasks, before)
    await store.commit((file) => Object.assign(file.tasks[1] ?? {}, { report: 'two' }))
    expect(world.disk().tasks.map(({ report }) => report)).toEqual([undefined, 'two'])
  })

  let old = ''
  async function startWithOld(patience?: number): Promise<Run> {
    const run = await start(patience)
    await alive('01.01.01', '01.01.02')
    old = readFileSync(world.stream.tasks, 'utf8')
    await until(async () => {
      await openTasks(world.stream, world.now).commit((file) =>
        Object.assign(file.tasks[1] ?? {}, { report: 'reported before the stash' }),
      )
      return stampOf(readFileSync(world.stream.tasks, 'utf8')) > stampOf(old)
    })
    return run
  }
})

describe('work/.run that is removed during a run, as by `git clean -fdx`', () => {
  it('is made again by the run, which still owns its threads: a second run is refused', async () => {
    const run = await start()
    await alive('01.01.01', '01.01.02')
    rmSync(world.workspace.run, { recursive: true })
    await until(async () => (await ownerOf(world.stream, '01.02.01')) !== undefined)
    expect(await thrownBy(() => world.run())).toMatchObject({ code: 'thread-busy' })
    await stop(run)
  })

  it('lets a second run take the threads over at that moment; the first ends with a sentence and starts nothing', async () => {
    const run = await start()
    await alive('01.01.01', '01.01.02')
    rmSync(world.workspace.run, { recursive: true })
    world.runner.sight = { type: 'alive', process: null }
    const second = await world.run()
    expect(await thrownBy(() => run.finished)).toMatchObject({ code: 'thread-taken', exitCode: 1 })
    world.runner.finish('01.01.01')
    world.runner.finish('01.01.02')
    await until(() => world.runner.started.length === 3)
    world.runner.finish('01.02.01')
    expect(await second.finished).toMatchObject({ end: 'done' })
    expect(world.runner.started).toEqual(['01.01.01', '01.01.02', '01.02.01'])
  })

  it('does not let two processes write at once: each change is applied to what the other wrote', async () => {
    const [one, other] = [openTasks(world.stream, world.now), openTasks(world.stream, world.now)]
    const removed = new Set<number>()
    await Promise.all(
      Array.from({ length: 20 }, async (_, number) => {
        const store = number % 2 === 0 ? one : other
        await store.commit((file) => {
          if (number % 5 === 0 && !removed.has(number))
            rmSync(world.workspace.run, { recursive: true, force: true })
          removed.add(number)
          const [task] = file.tasks
          if (task !== undefined) task.report = `${task.report ?? ''} #${number}`
        })
      }),
    )
    const numbers = new Set(world.disk().tasks[0].report?.trim().split(' '))
    expect(numbers.size).toBe(20)
  })
})

it('a thread that another process ran in the meantime is not overwritten: the run ends with a sentence', async () => {
  const run = await start()
  await alive('01.01.01', '01.01.02')
  await world.tasks.commit((file) => {
    file.tasks[0]?.sessions?.push({
      sessionId: 'ses_other',
      agentName: 'other',
      model: '',
      startedAt: '2026-02-03T04:00:00.000Z',
      status: 'completed',
    })
  })
  world.runner.finish('01.01.01')
  expect(await thrownBy(() => run.finished)).toMatchObject({ code: 'thread-taken' })
  expect(world.disk().sessions.map(({ sessionId }) => sessionId)).toEqual(['ses_1', 'ses_other'])
})

it('index.json that is away when a stage ends is waited for', async () => {
  world = makeWorld({
    threads: ['01.01.01', '02.01.01'],
    approval: { status: 'approved', stages: { 1: { status: 'approved' } } },
  })
  const run = await start()
  await alive('01.01.01')
  const putBack = replaced(world.workspace.index, undefined)
  world.runner.finish('01.01.01')
  await until(() => said.length > 0)
  putBack()
  await alive('02.01.01')
  expect(said).toEqual(['work/index.json not found: this repository has no workstreams yet.', undefined])
  await stop(run)
})

function start(patience?: number): Promise<Run> {
  return startRun(
    { ...world, tasks: openTasks(world.stream, world.now, true), statePatience: patience },
    { selection: { type: 'continue', without: [] }, parallel: undefined },
    {
      planned: () => undefined,
      changed: () => undefined,
      output: () => undefined,
      waits: (why) => said.push(why?.message),
    },
  )
}

async function stop(run: Run): Promise<void> {
  run.interrupt(false)
  await run.finished
}

function isWorking(thread: string): boolean {
  return JSON.stringify(stateOf(world.disk(thread))) === '{"running":"working"}'
}

/** Waits until these threads run, and nothing is left to be recorded of that. */
async function alive(...threads: string[]): Promise<void> {
  await until(() => world.runner.living.join() === threads.join() && threads.every(isWorking))
}

/** Replaces a file as git does, by another file of the name, or by none; gives how to put it back. */
function replaced(path: string, text: string | undefined): () => void {
  const before = readFileSync(path, 'utf8')
  rmSync(path)
  if (text !== undefined) writeFileSync(path, text)
  return () => renameOver(path, before)
}

/** Truncates a file as an editor or a full disk does, under its second name too. */
function cutShort(path: string): () => void {
  const before = readFileSync(path, 'utf8')
  writeFileSync(path, before.slice(0, 40))
  return () => writeFileSync(path, before)
}

function renameOver(path: string, text: string): void {
  writeFileSync(`${path}.new`, text)
  renameSync(`${path}.new`, path)
}

function stampOf(text: string): string {
  return /"last_updated": "([^"]*)"/.exec(text)?.[1] ?? ''
}
