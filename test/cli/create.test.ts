import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { kebab } from '../../src/cli/commands/streams/create.ts'
import { makeRepository, makeWorkspace } from '../helpers/cli.ts'
import { succeed } from '../helpers/scene.ts'
import { batchOf } from '../builders/plan.ts'

describe('work init', () => {
  test('makes what a repository needs, and keeps what is there', async () => {
    const workspace = makeRepository()
    const first = await workspace.work('init', '--json')
    expect(first.json()).toEqual({
      created: ['work/index.json', 'work/agents.yaml', 'work/.gitignore', 'work/.schema'],
      updated: [],
      isolation: 'none',
      kept: [],
      agents: [{ name: 'default', runner: 'opencode', models: ['anthropic/claude-sonnet-4-5'] }],
    })
    workspace.write('work/agents.yaml', '# mine\nagents: []\n')
    const second = await workspace.work('init')
    expect(second.code).toBe(0)
    expect(second.stdout).toContain('work/agents.yaml already exists, kept as it is.')
    expect(workspace.read('work/agents.yaml')).toBe('# mine\nagents: []\n')
  })

  test('is refused outside a repository', async () => {
    const workspace = makeRepository()
    const result = await workspace.run(['init'], { cwd: workspace.home })
    expect(result.code).toBe(2)
    expect(result.stderr).toContain('No git repository at or above')
    expect(result.stderr).toContain('git init')
  })
})

describe('work create', () => {
  test('makes a plan that has to be filled in, and makes the new workstream the current one', async () => {
    const workspace = makeRepository()
    await succeed(workspace, 'init')
    const { stdout } = await workspace.work('create', 'first-steps', '--stages', '2')
    expect(stdout).toContain('Created workstream 001-first-steps (now current).')
    const plan = workspace.read('work/001-first-steps/PLAN.md')
    expect(plan).toContain('# Plan: First Steps')
    expect(plan).toContain('### Stage 02:')
    const approval = await workspace.work('approve', 'plan')
    expect(approval.code).toBe(2)
    expect(approval.stderr).toContain('PLAN.md:')
    await succeed(workspace, 'create', 'second')
    expect(JSON.parse(workspace.read('work/index.json'))).toMatchObject({
      current_stream: '002-second',
      streams: [{ id: '001-first-steps' }, { id: '002-second', order: 2 }],
    })
  })

  test.each([
    [['create', 'demo'], 'stream-exists', '001-demo'],
    [['create'], 'usage', 'work create'],
    [['create', 'a', '--name', 'b'], 'usage', ''],
    [['create', 'a', '--stages', '0'], 'usage', 'from 1 to 20'],
    [['create', 'a', '--from', 'no.md'], 'file-missing', 'no.md does not exist.'],
    [['create', 'a', '--from', 'no.md', '--stages', '2'], 'usage', '--from and --stages cannot be combined'],
  ])('%j is refused: %s', async (args, code, words) => {
    const workspace = makeWorkspace()
    const result = await workspace.work(...args, '--json')
    expect(result.code).toBe(2)
    expect(result.json()).toMatchObject({ error: { code } })
    expect(result.stdout).toContain(words)
  })

  test('takes any words, and keeps them as the title of the plan', async () => {
    const workspace = makeRepository()
    await succeed(workspace, 'init')
    const { json } = await workspace.work('create', 'Fix the login, at last!', '--json')
    expect(json()).toEqual({
      id: '001-fix-the-login-at-last',
      name: 'fix-the-login-at-last',
      plan: 'work/001-fix-the-login-at-last/PLAN.md',
      current: true,
    })
    expect(workspace.read('work/001-fix-the-login-at-last/PLAN.md')).toContain(
      '# Plan: Fix The Login, At Last!\n',
    )
  })

  test('--from takes a plan byte for byte, from a file or standard input', async () => {
    const workspace = makeRepository()
    await succeed(workspace, 'init')
    const plan = `\uFEFF${batchOf(2).replaceAll('\n', '\r\n')}`
    workspace.write('my plan.md', plan)
    expect(await succeed(workspace, 'create', 'one', '--from', 'my plan.md')).toContain('  → work run ')
    expect(workspace.read('work/001-one/PLAN.md')).toBe(plan)
    const { code } = await workspace.run(['create', 'two', '--from', '-'], { input: batchOf(1) })
    expect(code).toBe(0)
    expect(workspace.read('work/002-two/PLAN.md')).toBe(batchOf(1))
  })

  test('--from refuses a plan with errors, lists them with their lines, and creates nothing', async () => {
    const workspace = makeRepository()
    await succeed(workspace, 'init')
    const before = workspace.read('work/index.json')
    const { code, stderr } = await workspace.run(['create', 'x', '--from', '-'], {
      input: batchOf(1).replace('###### Thread 01', '###### Thread 1x'),
    })
    expect(code).toBe(2)
    expect(stderr).toMatch(/^Error: The plan has \d errors?, so nothing was created\.\nline \d+: /)
    expect(workspace.read('work/index.json')).toBe(before)
    expect(existsSync(join(workspace.root, 'work', '001-x'))).toBe(false)
  })

  test.each([
    ['Größe, Ærø und Łódź', 'grosse-aero-und-lodz'],
    ['Fix the login!', 'fix-the-login'],
    ['Émile Zürich', 'emile-zurich'],
    ['a_b.c', 'a-b-c'],
    ['日本語', 'work'],
    [`${'word '.repeat(20)}end`, 'word-word-word-word-word-word-word-word-word-word-word-word'],
    ['x'.repeat(100), 'x'.repeat(60)],
  ])('makes a folder name of the words %j', (words, name) => {
    expect(kebab(words)).toBe(name)
  })

  test('keeps a plan that is there already', async () => {
    const workspace = makeRepository()
    await succeed(workspace, 'init')
    workspace.write('work/001-mine/PLAN.md', '# Plan: Mine\n')
    await succeed(workspace, 'create', 'mine')
    expect(workspace.read('work/001-mine/PLAN.md')).toBe('# Plan: Mine\n')
  })

  test('gives numbers that nobody has when two are made at once', async () => {
    const workspace = makeRepository()
    await succeed(workspace, 'init')
    const names = ['one', 'two', 'three', 'four', 'five']
    await Promise.all(names.map((name) => succeed(workspace, 'create', name)))
    const index: { streams: { id: string; order: number }[] } = JSON.parse(workspace.read('work/index.json'))
    expect(new Set(index.streams.map((stream) => stream.order))).toEqual(new Set([1, 2, 3, 4, 5]))
    for (const { id } of index.streams)
      expect(existsSync(join(workspace.root, 'work', id, 'PLAN.md'))).toBe(true)
  })
})
