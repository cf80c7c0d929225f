import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Running, TestWorkspace } from '../helpers/cli.ts'
import { lives } from '../helpers/processes.ts'
import { linesOf, makeApproved, nodeAgent, sessionsOf, type tasksOf } from '../helpers/scene.ts'
import { until } from '../helpers/until.ts'
import { batchOf } from '../builders/plan.ts'

/** Leaves a trace where it runs, and waits for a file `go` there. */
const agent = `
import { appendFileSync, existsSync } from 'node:fs'
appendFileSync('started', process.env.WORK_ROOT + '\\n')
const timer = setInterval(() => existsSync('go') && clearInterval(timer), 20)`

/** A run whose one agent is at work, and a copy of its repository. */
async function makeCopied(copy: (root: string, to: string) => void) {
  const workspace = await makeApproved(batchOf(1), nodeAgent(agent))
  const run = workspace.start(['multi', '--continue', '--json'])
  const pid = await until(() => sessionsOf(workspace, '01.01.01')[0]?.process?.pid)
  await until(() => linesOf(workspace, 'started').length === 1)
  const root = join(dirname(workspace.root), 'copy')
  copy(workspace.root, root)
  const there = (...args: string[]) => workspace.run(args, { cwd: root })
  return { workspace, run, pid, root, there }
}

const copies: [string, (root: string, to: string) => void][] = [
  ['a copy (cp -a)', (root, to) => cpSync(root, to, { recursive: true, preserveTimestamps: true })],
  ['a git worktree with tasks.json committed', addWorktree],
]

describe.each(copies)('in %s of a repository, a session that runs in the original', (_, copy) => {
  test('is shown as another checkout’s by each command, and left alone', async () => {
    const { workspace, run, pid, root, there } = await makeCopied(copy)
    const before = workspace.read('work/001-demo/tasks.json')
    const words = `belongs to another checkout, ${workspace.root}`
    const retry = 'work fix --thread 01.01.01 --retry'
    // Without the real opencode, which keeps files in HOME.
    workspace.write('bin/opencode', '#!/bin/sh\n')
    chmodSync(join(workspace.root, 'bin/opencode'), 0o755)
    const path = `${join(workspace.root, 'bin')}:${process.env['PATH'] ?? ''}`

    const [status, asJson, doctor, ...others] = await Promise.all([
      there('status'),
      there('status', '--json'),
      workspace.run(['doctor'], { cwd: root, env: { PATH: path } }),
      there('continue', '--skip'),
      there('multi', '--continue'),
      there('execute', '--thread', '01.01.01'),
      there('fix', '--thread', '01.01.01', '--resume'),
      there('session', 'complete', '01.01.01'),
    ])
    expect(status.stdout).toContain('elsewhere')
    expect(status.stdout).toContain(`→ ${retry}`)
    expect(asJson.json()).toMatchObject({
      streams: [{ threads: [{ status: 'running', foreign: { type: 'elsewhere', place: workspace.root } }] }],
    })
    for (const { stdout, stderr } of [status, doctor, ...others]) expect(stdout + stderr).toContain(words)
    for (const { stdout, stderr } of others) expect(stdout + stderr).toContain('--retry')
    expect(others.map(({ code }) => code)).toEqual([1, 1, 2, 2, 2])

    expect(workspace.read('work/001-demo/tasks.json')).toBe(before)
    expect(lives(pid)).toBe(true)
    await expectToComplete(workspace, run)
  })

  test('has a retry in the copy, on request, as a session of its own beside it', async () => {
    const { workspace, run, pid, root } = await makeCopied(copy)
    const fix = workspace.start(['fix', '--thread', '01.01.01', '--retry', '--yes'], { cwd: root })
    await until(() => existsSync(join(root, 'started')) && textIn(root, 'started').includes(root))
    letGo(root)
    expect((await fix.ended).code).toBe(0)
    expect(sessionsIn(root).map(({ status, reason }) => [status, reason])).toEqual([
      ['interrupted', 'elsewhere'],
      ['completed', undefined],
    ])
    expect(lives(pid)).toBe(true)
    await expectToComplete(workspace, run)
  })

  test('is not ended by Ctrl-C of a run there', async () => {
    const { workspace, run, pid, root } = await makeCopied(copy)
    const other = workspace.start(['continue', '--skip'], { cwd: root })
    other.kill('SIGINT')
    await other.ended
    expect(lives(pid)).toBe(true)
    await expectToComplete(workspace, run)
  })
})

test('a repository that is moved while a session runs has it watched to its end at the new place, and nothing at the old one', async () => {
  const workspace = await makeApproved(batchOf(1), nodeAgent(agent))
  const run = workspace.start(['multi', '--continue'])
  await until(() => sessionsOf(workspace, '01.01.01')[0]?.process?.pid)
  await until(() => linesOf(workspace, 'started').length === 1)
  run.kill('SIGKILL')
  await run.ended
  const root = join(dirname(workspace.root), 'moved')
  renameSync(workspace.root, root)
  const next = workspace.start(['continue', '--json'], { cwd: root })
  await until(() => next.stderr.includes('01.01.01'))
  letGo(root)
  expect((await next.ended).json()).toMatchObject({ status: 'completed', threads: [{ attempt: 1 }] })
  expect(existsSync(workspace.root)).toBe(false)
  mkdirSync(workspace.root)
})

async function expectToComplete(workspace: TestWorkspace, run: Running): Promise<void> {
  workspace.write('go', '')
  expect((await run.ended).code).toBe(0)
  expect(sessionsOf(workspace, '01.01.01')).toMatchObject([{ status: 'completed', attempt: 1 }])
  expect(linesOf(workspace, 'started').filter((root) => root === workspace.root)).toHaveLength(1)
}

function addWorktree(root: string, to: string): void {
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: root, stdio: 'pipe' })
  git('add', '-A')
  git('commit', '-qm', 'All')
  git('worktree', 'add', '-q', to)
}

function letGo(root: string): void {
  execFileSync('touch', [join(root, 'go')])
}

function textIn(root: string, path: string): string {
  return execFileSync('cat', [join(root, path)], { encoding: 'utf8' })
}

function sessionsIn(root: string) {
  const file: ReturnType<typeof tasksOf> = JSON.parse(textIn(root, 'work/001-demo/tasks.json'))
  return file.tasks[0]?.sessions ?? []
}
