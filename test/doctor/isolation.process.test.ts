import { execFileSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { agentsYaml } from '../builders/agents.ts'
import { session, task, tasksFile } from '../builders/records.ts'
import { disk, look, workspace } from './checkup.ts'

function git(...args: string[]): void {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com']
  execFileSync('git', [...identity, ...args], { cwd: workspace.root, stdio: 'ignore' })
}

/** An agents.yaml with isolation, and with more settings. */
function isolatedAgents(settings: string): string {
  return `isolation: clone\n${settings}agents:\n  - ${JSON.stringify({ name: 'default', runner: 'command', command: [process.execPath] })}\n`
}

/** Switches isolation on, with more settings, and commits. */
function isolate(settings = ''): void {
  workspace.write('work/agents.yaml', isolatedAgents(settings))
  git('commit', '-q', '--allow-empty', '-m', 'start')
}

async function lookAtIsolation(options?: Parameters<typeof look>[0]): Promise<string | undefined> {
  return (await look(options)).get('isolation')
}

test('doctor says nothing about isolation where no thread is isolated', async () => {
  workspace.write('vitest.config.ts', '')
  expect(await lookAtIsolation()).toBeUndefined()
})

test('doctor says that clones work, also where only a workstream is isolated', async () => {
  isolate()
  expect(await lookAtIsolation()).toBe('ok: threads work in clones of their own')
  workspace.write('work/agents.yaml', agentsYaml([process.execPath]))
  const isolation = {
    mode: 'clone',
    branch: 'workstream/001-demo',
    from: 'main',
    base: 'a'.repeat(40),
    at: '2026-01-02T03:04:05.678Z',
  }
  workspace.write(
    'work/001-demo/tasks.json',
    JSON.stringify({ ...tasksFile([task({ id: '01.01.01.01' })]), isolation }),
  )
  expect(await lookAtIsolation()).toBe('ok: threads work in clones of their own')
})

test('doctor reports a repository without a commit, and a git that is too old', async () => {
  workspace.write('work/agents.yaml', isolatedAgents(''))
  expect(await lookAtIsolation()).toMatch(
    /^problem: This repository has no commit yet.* → git commit --allow-empty -m start$/,
  )
  workspace.write(
    'bin/git',
    '#!/bin/sh\ncase "$*" in *--version) echo git version 2.37.1 ;; *) exit 1 ;; esac\n',
  )
  chmodSync(join(workspace.root, 'bin/git'), 0o755)
  expect(await lookAtIsolation()).toMatch(
    /^problem: Isolated threads need git 2\.38 or later; this is git 2\.37\.1\. → /,
  )
})

test('doctor reports core.bare and core.worktree', async () => {
  isolate()
  git('config', 'core.bare', 'true')
  expect(await lookAtIsolation()).toContain(
    'problem: core.bare is true: git takes this working tree for a bare repository → git config core.bare false',
  )
  git('config', 'core.bare', 'false')
  git('config', 'core.worktree', workspace.root)
  expect(await lookAtIsolation()).toBe(
    `problem: core.worktree is ${workspace.root}: git works on that folder → git config --unset core.worktree`,
  )
})

test('doctor warns of workspaces without setup', async () => {
  isolate()
  workspace.write('package.json', '{ "workspaces": ["packages/*"] }')
  expect(await lookAtIsolation()).toMatch(
    /^warning: the packages of this workspace .* no setup: .* → Add setup, such as \[\[npm, ci\]\]: work edit --agents$/,
  )
  isolate('setup: [[npm, ci]]\n')
  expect(await lookAtIsolation()).toMatch(/^ok: /)
  isolate()
  workspace.write('package.json', '{')
  workspace.write('pnpm-workspace.yaml', '')
  expect(await lookAtIsolation()).toMatch(/^warning: the packages of this workspace/)
})

test.each([
  [
    'vitest.config.ts',
    '',
    "vitest .* → Add to vitest.config.ts: exclude: \\['\\*\\*/.trees/\\*\\*', ...configDefaults.exclude\\]",
  ],
  ['eslint.config.mjs', '', "eslint .* → Add to eslint.config.mjs: { ignores: \\['work/.trees/'\\] }"],
  ['package.json', '{ "jest": {} }', 'jest .* → Add to package.json: "modulePathIgnorePatterns"'],
  [
    'package.json',
    '{ "devDependencies": { "vitest": "4" } }',
    'vitest .* → Add to vitest.config.js: exclude',
  ],
  ['.prettierrc.json', '{}', 'prettier .* → Add to .prettierignore: work/.trees/'],
])('doctor names the line that a tool with %s (%j) needs', async (file, text, expected) => {
  isolate()
  workspace.write(file, text)
  expect(await lookAtIsolation()).toMatch(new RegExp(`^warning: ${expected}`))
})

test('doctor says nothing of tools that leave the clones alone', async () => {
  isolate()
  workspace.write('vitest.config.ts', "exclude: ['**/.trees/**']")
  workspace.write('.prettierrc', '')
  workspace.write('.prettierignore', 'work/.trees/\n')
  expect(await lookAtIsolation()).toMatch(/^ok: /)
})

test('doctor reports missing git-lfs, submodules, and a sparse checkout', async () => {
  workspace.write('.gitattributes', '*.bin filter=lfs diff=lfs merge=lfs -text\n')
  workspace.write('.gitmodules', '')
  git('add', '.gitattributes', '.gitmodules')
  isolate()
  git('config', 'core.sparseCheckout', 'true')
  const found = await lookAtIsolation({ env: { PATH: join(workspace.root, 'bin') + ':/usr/bin:/bin' } })
  expect(found).toContain('problem: files are stored with git-lfs, which is not installed')
  expect(found).toContain('warning: there are submodules')
  expect(found).toContain('warning: this is a sparse checkout')
})

test('doctor reports shallow and partial clones', async () => {
  isolate()
  const head = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: workspace.root, encoding: 'utf8' })
  workspace.write('.git/shallow', head)
  git('config', 'extensions.partialClone', 'origin')
  const found = await lookAtIsolation()
  expect(found).toContain('warning: this is a shallow clone')
  expect(found).toContain('→ git fetch --unshallow')
  expect(found).toContain('warning: this is a partial clone')
})

test('doctor warns when the clones of all threads do not fit on the disk', async () => {
  workspace.write('big.txt', 'x'.repeat(5_000_000))
  git('add', 'big.txt')
  isolate('parallel: 4\n')
  expect(await lookAtIsolation({ readDisk: () => ({ ...disk, free: 15_000_000 }) })).toBe(
    'warning: 4 clones of 4 MB each do not fit in 14 MB of free space → Lower parallel, or free some space: work clean',
  )
})

test('doctor names folders in work/.trees that no workstream has recorded', async () => {
  workspace.write('work/.trees/.gitignore', '*\n')
  workspace.write('work/.trees/001-01.01.01/file', '')
  workspace.write('work/.trees/007-01.01.01.making/file', '')
  workspace.write(
    'work/001-demo/tasks.json',
    tasksFile([
      task({
        id: '01.01.01.01',
        sessions: [session({ cwd: 'work/.trees/001-01.01.01', branch: 'workthread/001-demo/01.01.01' })],
      }),
    ]),
  )
  expect(await lookAtIsolation()).toMatch(
    /^warning: work\/\.trees\/007-01\.01\.01\.making belongs to no thread of a workstream → git -C .* rm -r work\/\.trees\/007-01\.01\.01\.making$/,
  )
})
