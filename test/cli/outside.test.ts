import { mkdirSync, readdirSync, renameSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { type TestWorkspace } from '../helpers/cli.ts'
import { makeApproved, tasksOf } from '../helpers/scene.ts'
import { batchOf } from '../builders/plan.ts'
import { agentsYaml } from '../builders/agents.ts'
import { session, streamEntry, workIndex } from '../builders/records.ts'

let workspace: TestWorkspace
let outside: string

beforeEach(async () => {
  const agents = agentsYaml(['sh', '-c', 'echo done'])
  workspace = await makeApproved(batchOf(1), agents)
  outside = join(dirname(workspace.root), 'outside')
  mkdirSync(outside)
})

test.each(['../../../tmp/o', '../outside', '/tmp/o', '.run', '..', ''])(
  'an index.json whose stream id is %j is refused by each command, and nothing outside is touched',
  async (id) => {
    workspace.write('work/index.json', workIndex([streamEntry({ id })], { current_stream: id }))
    for (const args of [
      ['status'],
      ['approve', 'plan'],
      ['multi', '--continue'],
      ['prompt', '--thread', '01.01.01'],
    ]) {
      const { code, stderr } = await workspace.work(...args)
      expect(stderr).toMatch(
        /^Error: work\/index\.json:\d+:\d+: streams\[0\]\.id: found ".*", expected the name of a folder/,
      )
      expect(code).toBe(2)
    }
    expect(readdirSync(outside)).toEqual([])
  },
)

test.each([
  { log: '../outside/1' },
  { log: '/tmp/o' },
  { log: 'work/../../outside/1' },
  { log: '.git/hooks/post-commit' },
  { cwd: '..' },
  { cwd: '/tmp' },
])('a session record with %j is refused by each command that reads it', async (fields) => {
  const file = tasksOf(workspace)
  for (const task of file.tasks) task.sessions = [session({ ...fields, status: 'running' })]
  workspace.write('work/001-demo/tasks.json', file)
  const [name = '', path = ''] = Object.entries(fields)[0] ?? []
  for (const args of [['status'], ['session', 'logs', '01.01.01'], ['continue']]) {
    const { code, stderr } = await workspace.work(...args)
    expect(stderr).toContain(`tasks[0].sessions[0].${name}: found ${JSON.stringify(path)}`)
    expect(stderr).toContain('expected a path inside the repository')
    expect(code).toBe(2)
  }
})

test.each([
  'work',
  'work/001-demo',
  'work/001-demo/logs',
  'work/001-demo/logs/01.01.01',
  'work/.run',
  'work/.run/locks',
  'work/.run/owners',
  'work/.run/bin',
])('a run is refused while %s is a symbolic link, and nothing outside is touched', async (path) => {
  const place = join(workspace.root, path)
  mkdirSync(place, { recursive: true })
  renameSync(place, join(outside, 'real'))
  symlinkSync(join(outside, 'real'), place)
  const before = readdirSync(outside, { recursive: true })
  const { stdout, stderr, code } = await workspace.work('multi', '--continue')
  expect(stdout + stderr).toContain(`${path} is a symbolic link to ${join(outside, 'real')}`)
  expect(stdout + stderr).not.toContain('bug in work')
  expect(code).toBeGreaterThan(0)
  expect(readdirSync(outside, { recursive: true })).toEqual(before)
})

test('prompts are not written through a symbolic link', async () => {
  const place = join(workspace.root, 'work/001-demo/prompts')
  workspace.remove('work/001-demo/prompts')
  symlinkSync(outside, place)
  const { code, stderr } = await workspace.work('prompt', '--thread', '01.01.01')
  expect(stderr).toContain('work/001-demo/prompts is a symbolic link')
  expect([code, readdirSync(outside)]).toEqual([2, []])
})

test('a repository that is reached through a symbolic link runs as any other', async () => {
  const alias = join(dirname(workspace.root), 'alias')
  symlinkSync(workspace.root, alias)
  const { code } = await workspace.run(['multi', '--continue', '--repo-root', alias], { cwd: outside })
  expect(code).toBe(0)
})
