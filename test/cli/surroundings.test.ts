import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { makeRepository, type TestWorkspace } from '../helpers/cli.ts'
import { makeApproved, tasksOf } from '../helpers/scene.ts'
import { agentsYaml } from '../builders/agents.ts'
import { batchOf } from '../builders/plan.ts'

const main = join(import.meta.dirname, '..', '..', 'dist', 'main.js')

/** An agent that is a script of the shell. */
function shellAgent(script: string): string {
  return agentsYaml(['/bin/sh', '-c', script])
}

/** A folder with these programs of the system and no others. */
function programsOnly(workspace: TestWorkspace, ...names: string[]): string {
  const folder = join(dirname(workspace.root), 'programs')
  mkdirSync(folder)
  for (const name of names) {
    const path = execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim()
    symlinkSync(path, join(folder, name))
  }
  return folder
}

test.each([['init'], ['doctor'], ['create', 'demo']])(
  'work %s below an empty folder .git acts on no folder above',
  async (...args) => {
    const { root, run } = makeRepository()
    const folder = dirname(root)
    const [above, below] = [join(folder, 'above'), join(folder, 'above', 'below')]
    for (const path of [below, join(above, '.git')]) mkdirSync(path, { recursive: true })
    const places = ['DATA', 'CONFIG', 'STATE', 'CACHE'].map((name) => [
      `XDG_${name}_HOME`,
      join(folder, name),
    ])
    const { code, stdout, stderr } = await run(args, { cwd: below, env: Object.fromEntries(places) })
    expect(stdout + stderr).toContain(
      `No git repository at or above ${below}. ${above}/.git has no valid HEAD.`,
    )
    expect(code).toBe(args[0] === 'doctor' ? 1 : 2)
    expect(readdirSync(above, { recursive: true, encoding: 'utf8' }).toSorted()).toEqual(['.git', 'below'])
  },
)

test('an agent reports by work where PATH has no node', async () => {
  const script = 'command -v node; work update --task "$WORK_THREAD.01" --status completed'
  const workspace = await makeApproved(batchOf(1), shellAgent(script))
  const env = { PATH: programsOnly(workspace, 'sh', 'git') }
  expect(await workspace.run(['multi', '--continue'], { env })).toMatchObject({ code: 0 })
  expect(tasksOf(workspace).tasks[0]).toMatchObject({ status: 'completed' })
  expect(workspace.read('work/001-demo/logs/01.01.01/1.log')).not.toMatch(/^\//m)
})

test("a run that a git hook starts leaves the hook's repository out of its agents' environment", async () => {
  const script = 'env; git -C "$OTHER" add file; work update --task "$WORK_THREAD.01" --status completed'
  const workspace = await makeApproved(batchOf(1), shellAgent(script))
  const other = join(dirname(workspace.root), 'other')
  const identity = { GIT_AUTHOR_NAME: 'A', GIT_AUTHOR_EMAIL: 'a@example.com' }
  const committer = { GIT_COMMITTER_NAME: 'A', GIT_COMMITTER_EMAIL: 'a@example.com' }
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: workspace.home,
    OTHER: other,
    ...identity,
    ...committer,
  }
  const git = (cwd: string, ...args: string[]) => execFileSync('git', args, { cwd, env, encoding: 'utf8' })
  mkdirSync(other)
  git(other, 'init', '-q')
  workspace.write('../other/file', 'of the other repository')
  workspace.write('README.md', 'Demo')
  git(workspace.root, 'add', 'README.md')
  // Its output in a hook does not matter.
  workspace.write(
    '.git/hooks/post-commit',
    `#!/bin/sh\nenv | grep -q ^GIT_INDEX_FILE= || exit 3\nexec '${process.execPath}' '${main}' multi --continue >/dev/null\n`,
  )
  chmodSync(join(workspace.root, '.git/hooks/post-commit'), 0o755)
  git(workspace.root, 'commit', '-q', '-m', 'First', '--', 'README.md')

  expect(tasksOf(workspace).tasks[0]).toMatchObject({ status: 'completed' })
  const log = workspace.read('work/001-demo/logs/01.01.01/1.log')
  expect(log).toContain('GIT_AUTHOR_NAME=A')
  expect(log).not.toMatch(/^GIT_(DIR|INDEX_FILE|WORK_TREE|PREFIX)=/m)
  expect(git(other, 'ls-files').trim()).toBe('file')
  expect(git(workspace.root, 'ls-files').trim()).toBe('README.md')
  expect(existsSync(join(workspace.root, 'file'))).toBe(false)
})
