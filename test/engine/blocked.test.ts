import { describe, expect, it } from 'vitest'
import { previewRun } from '../../src/engine/run.ts'
import { thrownBy } from '../store/workspace.ts'
import { exited } from './scripted-runner.ts'
import { approvedStages, makeWorld, session, tasksOf } from './world.ts'

const failed = session({ status: 'failed', reason: 'incomplete' })

/** The tasks of a thread, of which the last is blocked. */
function blockedTasks(thread: string, fields = {}) {
  const [first, last] = tasksOf(thread)
  if (first === undefined || last === undefined) throw new Error('There are no tasks.')
  return [
    { ...first, ...fields },
    { ...last, status: 'blocked' as const },
  ]
}

describe('a blocked thread', () => {
  it.each([
    ['that never ran', {}],
    ['that failed', { sessions: [failed] }],
  ])('%s is not started by a run, nor is what comes after it', async (_, fields) => {
    const tasks = [...tasksOf('01.01.01'), ...blockedTasks('01.01.02', fields), ...tasksOf('01.02.01')]
    const world = makeWorld({ tasks, approval: approvedStages() })
    world.runner.fate = () => exited(0)
    const report = await world.runAll()
    expect(world.runner.calls.map(({ thread }) => thread)).not.toContain('01.01.02')
    expect(report).toMatchObject({
      end: 'blocked',
      blocked: [{ id: '01.01.02', tasks: ['01.01.02.02'] }],
      threads: [{ id: '01.01.01', status: 'completed' }],
    })
  })

  it('is named by the preview of a run and of its batch', async () => {
    const world = makeWorld({ tasks: blockedTasks('01.01.01') })
    for (const selection of [
      { type: 'continue', without: [] },
      { type: 'batch', batch: '01.01', force: true },
    ] as const) {
      expect(await previewRun(world, { selection, parallel: undefined })).toMatchObject({
        batches: [],
        blocked: [{ id: '01.01.01', name: 'Thread 01.01.01', tasks: ['01.01.01.02'] }],
      })
    }
  })

  it('that is named alone is refused with the command that unblocks it, and runs when it is retried', async () => {
    const world = makeWorld({ tasks: blockedTasks('01.01.01', { sessions: [failed] }) })
    const preview = (action: 'go-on' | 'retry') =>
      previewRun(world, {
        selection: { type: 'threads', threads: [{ id: '01.01.01', action }] },
        parallel: undefined,
      })
    expect(await thrownBy(() => preview('go-on'))).toMatchObject({
      code: 'thread-blocked',
      hint: expect.stringContaining('work update --task 01.01.01.02 --status pending'),
    })
    expect((await preview('retry')).batches).toHaveLength(1)
  })
})
