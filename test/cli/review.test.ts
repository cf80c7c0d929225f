import { execFileSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { TestWorkspace } from '../helpers/cli.ts'
import { makeApproved, nodeAgent, succeed, tasksOf } from '../helpers/scene.ts'
import { openTerminal } from '../helpers/terminal.ts'
import { until } from '../helpers/until.ts'
import { planText } from '../builders/plan.ts'

/** Writes files and reports; thread 01.01.02 fails. */
const agent = `
import { execFileSync } from 'node:child_process'
import { appendFileSync, writeFileSync } from 'node:fs'
const { WORK_THREAD } = process.env
appendFileSync('tracked.txt', 'more\\n')
writeFileSync('new ' + WORK_THREAD + '.txt', 'new\\n')
execFileSync('work', ['update', '--task', WORK_THREAD + '.01', '--status', 'completed', '--report', 'Wrote it.\\u001b[2J'])
if (WORK_THREAD === '01.01.02') { console.error('it broke'); process.exit(3) }
`
const plan = planText([[[['A'], ['B', 'C']]], [[['D']]]])

function git(workspace: TestWorkspace, ...args: string[]): string {
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com']
  const env = { HOME: workspace.home, PATH: process.env['PATH'] }
  return execFileSync('git', [...identity, ...args], { cwd: workspace.root, env, encoding: 'utf8' }).trim()
}

async function make(): Promise<TestWorkspace> {
  const workspace = await makeApproved(plan, nodeAgent(agent))
  workspace.write('tracked.txt', 'first\n')
  git(workspace, 'add', '.')
  git(workspace, 'commit', '-qm', 'Begin')
  return workspace
}

test('work review shows threads, reports, open tasks, and the files that changed since the stage began', async () => {
  const workspace = await make()
  const before = await workspace.work('review')
  expect(before).toMatchObject({ code: 1, stderr: expect.stringContaining('No thread has been run yet') })
  const commit = git(workspace, 'rev-parse', 'HEAD')
  expect((await workspace.work('run')).code).toBe(1)
  expect(tasksOf(workspace).stages).toEqual({ '01': { started_at: expect.any(String), commit } })
  // Also what was committed since.
  git(workspace, 'add', 'new 01.01.01.txt')
  git(workspace, 'commit', '-qm', 'One file')

  const stdout = await succeed(workspace, 'review')
  const lines = stdout.split('\n').map((line) => line.replaceAll(/ {2,}/g, '  ').trimEnd())
  expect(lines[0]).toMatch(/^Stage 01 /)
  expect(lines[1]).toMatch(/^1 of 2 threads completed · 2 sessions · \d+s$/)
  expect(stdout).toMatch(/01\.01\.02 +Thread 02 +✗ failed: exit code 3 +1 +default/)
  expect(lines).toContain('  01.01.01.01 A: Wrote it.')
  expect(lines).toContain('  01.01.02.02 C (pending)')
  expect(lines).toContain(`3 files changed since commit ${commit.slice(0, 7)}: +3 -0`)
  expect(lines).toContain('  new 01.01.01.txt  +1 -0')
  expect(lines).toContain('  new 01.01.02.txt  new')
  expect(lines).toContain('  tracked.txt  +2 -0')
  expect(stdout).not.toContain('\u001B')
  expect(stdout).toContain('  → work review 01 --diff')

  const thread = (await workspace.work('review', '1.1.2', '--json')).json()
  expect(thread).toMatchObject({
    target: { level: 'thread', id: '01.01.02' },
    threads: [
      { id: '01.01.02', status: 'failed', reason: 'exit', attempts: 1, open: [{ task: '01.01.02.02' }] },
    ],
    changes: { type: 'known', commit },
  })
  const diff = await succeed(workspace, 'review', '1', '--diff')
  expect(await succeed(workspace, 'review', '--stage', '1', '--diff')).toBe(diff)
  expect(diff).toMatch(/^diff --git a\/new 01\.01\.01\.txt/)
  expect(diff).toContain('+more')
  expect(diff).toContain('new file, not tracked by git: new 01.01.02.txt')
  expect(diff).not.toContain('work/001-demo')
  expect(await workspace.work('review', '1', '--thread', '1.1.2')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(
      'A review is of a stage or of a thread, and both were given: 01 and 1.1.2.',
    ),
  })
})

test('work review says why the changes are not known: no commit at the start, commit gone, git missing', async () => {
  const workspace = await makeApproved(plan, nodeAgent(''))
  expect((await workspace.work('run')).code).toBe(0)
  expect(await succeed(workspace, 'review')).toContain(
    'Changed files: not known, since there was no commit when it began.',
  )
  const diff = await workspace.work('review', '--diff')
  expect(diff).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('there was no commit when it began'),
  })
  const tasks = tasksOf(workspace)
  workspace.write('work/001-demo/tasks.json', {
    ...tasks,
    stages: { '01': { started_at: '2026-01-01T00:00:00.000Z', commit: 'a'.repeat(40) } },
  })
  expect(await succeed(workspace, 'review')).toContain(`git no longer has commit ${'a'.repeat(40)}`)
  rmSync(join(workspace.root, '.git'), { recursive: true })
  expect(await succeed(workspace, 'review', '--repo-root', workspace.root)).toContain(
    'Changed files: not known',
  )
})

test('on a terminal a finished stage is reviewed before its approval is asked for', async () => {
  const workspace = await makeApproved(plan, nodeAgent(''))
  const terminal = openTerminal(workspace, { rows: 60 })
  terminal.work('run')
  await until(() => terminal.screen().includes('Approve stage 01 and continue?'), terminal.screen)
  expect(terminal.text()).toContain('2 of 2 threads completed')
  terminal.press('y')
  await until(() => terminal.screen().includes('exit code 0'), terminal.screen)
  expect(tasksOf(workspace).tasks.every(({ status }) => status === 'completed')).toBe(true)
})

test('work approve shows what changed in the plan since it was approved, also from the history of git', async () => {
  const workspace = await make()
  workspace.write('work/001-demo/PLAN.md', plan.replace(': Thread 02', ': Thread 02 and more'))
  const change = ['-###### Thread 02: Thread 02', '+###### Thread 02: Thread 02 and more']
  const shown = await succeed(workspace, 'approve')
  expect(shown).toContain('Changed in PLAN.md since it was approved')
  expect(shown.split('\n').filter((line) => /^[-+]/.test(line))).toEqual(change)
  rmSync(workspace.stream.approvedPlan, { force: true })
  expect((await succeed(workspace, 'approve')).split('\n')).toEqual(expect.arrayContaining(change))
  // Showing writes nothing.
  expect(existsSync(workspace.stream.approvedPlan)).toBe(false)
  const terminal = openTerminal(workspace, { rows: 60 })
  terminal.work('approve')
  await until(() => terminal.screen().includes('Approve the plan and its tasks?'), terminal.screen)
  expect(terminal.text()).toContain('+###### Thread 02: Thread 02 and more')
  await succeed(workspace, 'approve', '--yes', '--renamed', '01.01.02')
  expect(await succeed(workspace, 'approve')).not.toContain('Changed in PLAN.md')
  // Never committed: the text that was approved is kept.
  workspace.write('work/001-demo/PLAN.md', plan)
  expect(await succeed(workspace, 'approve')).toContain('\n-###### Thread 02: Thread 02 and more\n')
  rmSync(workspace.stream.approvedPlan)
  expect(await succeed(workspace, 'approve')).toMatch(
    /PLAN\.md has changed since it was approved.*The approved text is not known any more\./,
  )
})
