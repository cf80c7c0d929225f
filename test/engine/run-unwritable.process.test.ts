import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { exited } from './scripted-runner.ts'
import { makeWorld } from './world.ts'
import { runningThread } from '../builders/threads.ts'
import { alive } from './working.ts'

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
