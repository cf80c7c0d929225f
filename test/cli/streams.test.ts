import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { TestWorkspace } from '../helpers/cli.ts'
import { makeApproved, nodeAgent, sessionsOf, succeed } from '../helpers/scene.ts'
import { until } from '../helpers/until.ts'
import { batchOf } from '../builders/plan.ts'

function git(workspace: TestWorkspace, ...args: string[]): void {
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com']
  execFileSync('git', [...identity, ...args], {
    cwd: workspace.root,
    env: { HOME: workspace.home, PATH: process.env['PATH'] },
  })
}

function indexOf(workspace: TestWorkspace) {
  const index: { current_stream?: string; streams: { id: string; name: string }[] } = JSON.parse(
    workspace.read('work/index.json'),
  )
  return index
}

test('work streams lists workstreams with their progress; an archived one is hidden, and comes back', async () => {
  const workspace = await makeApproved(batchOf(2), nodeAgent(''))
  await succeed(workspace, 'run')
  await succeed(workspace, 'create', 'other')
  const list = await succeed(workspace, 'streams')
  expect(list.split('\n').map((line) => line.replaceAll(/ +/g, ' ').trim())).toEqual([
    'Workstream Status Done Threads',
    '001-demo completed 100% 2/2',
    '* 002-other pending 0% 0/0',
    '',
  ])
  expect(await succeed(workspace, 'archive', '1')).toContain('Archived 001-demo')
  expect(await succeed(workspace, 'streams')).not.toContain('001-demo')
  expect(await succeed(workspace, 'streams', '--all')).toMatch(/001-demo +archived/)
  await succeed(workspace, 'archive', 'other')
  expect(indexOf(workspace).current_stream).toBeUndefined()
  await succeed(workspace, 'archive', 'demo', '--undo')
  expect((await workspace.work('streams', '--json')).json()).toMatchObject({
    streams: [{ id: '001-demo', archived: false, completed: 2 }],
  })
})

test('work remove deletes nothing that git does not have, unless it is forced', async () => {
  const workspace = await makeApproved(batchOf(1), nodeAgent(''))
  git(workspace, 'add', 'work')
  git(workspace, 'commit', '-qm', 'All of it')
  workspace.write('work/001-demo/notes.md', 'Only here.\n')
  const refused = await workspace.work('remove', 'demo', '--yes')
  expect(refused.code).toBe(1)
  expect(refused.stderr).toContain('git does not have 1 file of 001-demo')
  expect(refused.stderr).toContain('  work/001-demo/notes.md\n')
  workspace.remove('work/001-demo/notes.md')
  const asked = await workspace.work('remove', 'demo')
  expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining('work remove 001-demo --yes') })
  expect(existsSync(workspace.stream.folder)).toBe(true)
  await succeed(workspace, 'remove', 'demo', '--yes')
  expect(existsSync(workspace.stream.folder)).toBe(false)
  expect(indexOf(workspace)).toMatchObject({ streams: [] })
  expect(indexOf(workspace).current_stream).toBeUndefined()
  await succeed(workspace, 'create', 'gone')
  await succeed(workspace, 'remove', 'gone', '--force')
  expect(existsSync(join(workspace.root, 'work', '001-gone'))).toBe(false)
})

test('work rename moves the folder and keeps number, history and logs, also after a crash half-way', async () => {
  const workspace = await makeApproved(batchOf(1), nodeAgent('console.log("hello")'))
  await succeed(workspace, 'run')
  const [session] = sessionsOf(workspace, '01.01.01')
  // As a crash leaves it after the first step.
  renameSync(workspace.stream.folder, join(workspace.root, 'work', '001-better-name'))
  expect(await succeed(workspace, 'rename', 'demo', 'Better name')).toBe(
    'Renamed 001-demo to 001-better-name.\n',
  )
  expect(readdirSync(join(workspace.root, 'work', '.run', 'approved'))).toEqual(['001-better-name.PLAN.md'])
  expect(indexOf(workspace)).toMatchObject({
    current_stream: '001-better-name',
    streams: [{ id: '001-better-name', name: 'better-name' }],
  })
  expect(await succeed(workspace, 'logs', '1.1.1')).toBe('hello\n')
  const tasks = workspace.read('work/001-better-name/tasks.json')
  expect(JSON.parse(tasks)).toMatchObject({ stream_id: '001-better-name' })
  expect(tasks).toContain(session?.sessionId)
})

test('a workstream whose threads are running is not archived, renamed or removed', async () => {
  const workspace = await makeApproved(batchOf(1), nodeAgent('setInterval(() => undefined, 1000)'))
  const run = workspace.start(['run'])
  await until(() => run.stdout.includes('started'))
  for (const args of [
    ['archive', 'demo'],
    ['rename', 'demo', 'x'],
    ['remove', 'demo', '--force'],
  ]) {
    const { code, stderr } = await workspace.work(...args)
    expect(code).toBe(1)
    expect(stderr).toContain(`001-demo is in use: process ${run.pid} (work run)`)
    expect(stderr).toContain(`  → work stop --stream 001-demo, then work ${args[0]} demo`)
  }
  expect(indexOf(workspace).streams).toHaveLength(1)
})
