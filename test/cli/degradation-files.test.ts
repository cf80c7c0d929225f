import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { succeed, tasksOf } from '../helpers/scene.ts'
import { session } from '../builders/records.ts'
import { damage, failed, makeReady, tasksPath } from '../helpers/damage.ts'

describe('files beside tasks.json', () => {
  it('damaged by a session: status shows it as lost with the file, and a run continues', async () => {
    const workspace = await makeReady()
    const log = 'work/001-demo/logs/01.01.01/1'
    const running = session({ status: 'running', token: 'token-1', log, completedAt: undefined })
    damage(workspace, (file) => Object.assign(file.tasks[0] ?? {}, { sessions: [running] }))
    workspace.write(`${log}.exit.json`, '{"code":')
    const status = await workspace.work('status', '--sessions', '--json')
    expect(status.code, status.stderr).toBe(0)
    expect(status.stdout).toContain(`${log}.exit.json can't be read`)
    expect(status.json()).toMatchObject({
      streams: [{ threads: [{ status: 'interrupted', reason: 'lost' }, {}, {}] }],
    })
    const run = await workspace.work('multi', '--batch', '01.01', '--json')
    expect(run.code, run.stderr).toBe(1)
    expect(run.json()).toMatchObject({ threads: [{ status: 'interrupted' }, { status: 'completed' }] })
    expect((await workspace.work('multi', '--batch', '01.01')).code).toBe(0)
  })

  it('that are a folder, a log of a session: it is said, and what was recorded is shown', async () => {
    const workspace = await makeReady()
    const log = 'work/001-demo/logs/01.01.01/1'
    damage(workspace, (file) => Object.assign(file.tasks[0] ?? {}, { sessions: [{ ...failed, log }] }))
    workspace.write(`${log}.log/x`, '')
    const logs = await workspace.work('session', 'logs', '01.01.01', '--json')
    expect(logs.code).toBe(1)
    expect(logs.json()).toMatchObject({
      error: { code: 'log-unreadable', hint: expect.stringContaining('status') },
    })
    expect((await workspace.work('status', '--sessions')).code).toBe(0)
  })

  it('PLAN.md that can not be read: status works anyway, and commands that need it are refused', async () => {
    const workspace = await makeReady()
    workspace.remove('work/001-demo/PLAN.md')
    workspace.write('work/001-demo/PLAN.md/x', '')
    const status = await workspace.work('status')
    expect(status.code, status.stderr).toBe(0)
    expect(status.stdout).toContain('01.02.01')
    expect(status.stderr).toMatch(/^Warning: work\/001-demo\/PLAN\.md can't be read: EISDIR/)
    for (const args of [
      ['approve'],
      ['validate', 'plan'],
      ['multi', '--continue'],
      ['add-task', '--thread', '1.1.1', '--name', 'x'],
    ]) {
      const refused = await workspace.work(...args, '--json')
      expect(refused.code).toBe(2)
      expect(refused.json()).toMatchObject({
        error: { code: 'file-unreadable', message: expect.stringContaining('PLAN.md') },
      })
    }
  })

  it('that can not be read, TASKS.md: nothing of it is taken', async () => {
    const workspace = await makeReady()
    writeFileSync(workspace.stream.tasksMd, Buffer.from('# Tasks: D\xE9mo\n', 'latin1'))
    const before = workspace.read(tasksPath)
    for (const args of [
      ['tasks', 'generate'],
      ['tasks', 'serialize'],
      ['approve', 'tasks'],
      ['add-task', '--thread', '1.1.1', '--name', 'x'],
    ]) {
      const refused = await workspace.work(...args, '--json')
      expect(refused.code).toBe(2)
      expect(refused.json()).toMatchObject({
        error: { code: 'file-unreadable', message: expect.stringContaining('TASKS.md') },
      })
    }
    expect(readFileSync(workspace.stream.tasksMd, 'latin1')).toBe('# Tasks: D\xE9mo\n')
    expect(workspace.read(tasksPath)).toBe(before)
    await succeed(workspace, 'tasks', 'generate', '--force')
  })

  it('a broken threads.json of version 1: a warning names it, and the tasks run anyway', async () => {
    const workspace = await makeReady()
    damage(workspace, (file) => Object.assign(file, { version: '1.0.0', threads: undefined }))
    const before = workspace.read(tasksPath)
    workspace.write('work/001-demo/threads.json', '{ "version":')
    const words =
      'Warning: work/001-demo/threads.json:1:13: invalid JSON: found the end of the file, expected a value. Its sessions are not imported'
    for (const args of [
      ['status'],
      ['status', '--sessions'],
      ['session', 'list'],
      ['multi', '--batch', '01.01'],
    ]) {
      const { code, stderr } = await workspace.work(...args)
      expect(code, stderr).toBe(0)
      expect(stderr).toContain(words)
    }
    expect((await workspace.work('list')).code).toBe(0)
    expect(workspace.read('work/001-demo/threads.json')).toBe('{ "version":')
    const backup = readdirSync(workspace.stream.folder).find((name) => name.startsWith('tasks.backup-'))
    expect(workspace.read(`work/001-demo/${backup}`)).toBe(before)
  })

  it('that are missing, a folder of logs: the next run makes it', async () => {
    const workspace = await makeReady()
    damage(workspace, (file) =>
      Object.assign(file.tasks[0] ?? {}, { sessions: [{ ...failed, log: 'work/001-demo/logs/01.01.01/1' }] }),
    )
    const logs = await workspace.work('session', 'logs', '01.01.01', '--json')
    expect(logs.json()).toMatchObject({ error: { code: 'log-missing' } })
    expect((await workspace.work('execute', '--thread', '01.01.01')).code).toBe(0)
    expect(workspace.read('work/001-demo/logs/01.01.01/2.log')).toContain('did it')
  })

  it('a file in place of the folder of logs: the thread fails with the path, and the others continue', async () => {
    const workspace = await makeReady()
    workspace.write('work/001-demo/logs/01.01.01', 'not a folder')
    const run = await workspace.work('multi', '--batch', '01.01', '--json')
    expect(run.code, run.stderr).toBe(1)
    expect(run.json()).toMatchObject({
      threads: [{ status: 'failed', reason: 'spawn' }, { status: 'completed' }],
    })
    expect(JSON.stringify(tasksOf(workspace).tasks[0]?.sessions)).toContain('logs/01.01.01')
  })

  it('a broken agents.yaml: nothing runs, and status works anyway', async () => {
    const workspace = await makeReady()
    workspace.write('work/agents.yaml', 'agents: [')
    const run = await workspace.work('multi', '--batch', '01.01', '--json')
    expect(run.code).toBe(2)
    expect(run.json()).toMatchObject({ error: { code: 'agents-invalid' } })
    expect((await workspace.work('status')).code).toBe(0)
    expect((await workspace.work('session', 'logs', '01.01.01', '--json')).json()).toMatchObject({
      error: { code: 'attempt-not-found' },
    })
  })
})
