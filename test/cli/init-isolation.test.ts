import { execFileSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeRepository, type TestWorkspace } from '../helpers/cli.ts'
import { succeed } from '../helpers/scene.ts'
import { openTerminal } from '../helpers/terminal.ts'
import { until } from '../helpers/until.ts'

/** A repository with a commit. */
function makeCommitted(): TestWorkspace {
  const workspace = makeRepository()
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com']
  execFileSync('git', [...identity, 'commit', '-q', '--allow-empty', '-m', 'start'], { cwd: workspace.root })
  return workspace
}

/** The lines of agents.yaml that are no comments, up to the agents. */
function settingsIn(workspace: TestWorkspace): string[] {
  const [head = ''] = workspace.read('work/agents.yaml').split('\nagents:')
  return head.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

test('without a terminal init sets no isolation, and says nothing about it', async () => {
  const workspace = makeRepository()
  const { stderr, stdout } = await workspace.run(['init', '--json'])
  expect(JSON.parse(stdout)).toMatchObject({ isolation: 'none' })
  expect(stderr).not.toContain('commit')
  expect(settingsIn(workspace)).toEqual(['parallel: 4', 'isolation: none'])
  expect(workspace.read('work/agents.yaml')).toContain('# setup:\n#   - [npm, ci]\n')
})

test.each([
  ['package-lock.json', '{}', 'npm, ci'],
  ['pnpm-lock.yaml', '', 'pnpm, install, --frozen-lockfile'],
  ['yarn.lock', '__metadata:\n  version: 8\n', 'yarn, install, --immutable'],
  ['yarn.lock', '# yarn lockfile v1\n', 'yarn, install, --frozen-lockfile'],
  ['bun.lock', '{}', 'bun, install, --frozen-lockfile'],
])('init --isolation clone installs as %s (%j) needs it', async (lock, text, command) => {
  const workspace = makeCommitted()
  workspace.write('package.json', '{}')
  workspace.write(lock, text)
  const output = await succeed(workspace, 'init', '--isolation', 'clone')
  expect(output).toContain('Each thread will work in a clone of its own')
  expect(settingsIn(workspace)).toEqual(['parallel: 4', 'isolation: clone', 'setup:', `  - [${command}]`])
  const agents = await workspace.run(['agents', '--json'])
  expect(agents.code).toBe(0)
})

test('init --isolation clone without a lock file leaves setup to the user', async () => {
  const workspace = makeCommitted()
  await succeed(workspace, 'init', '--isolation', 'clone')
  expect(settingsIn(workspace)).toEqual(['parallel: 4', 'isolation: clone'])
})

test('init --isolation none only names the setup command of the lock file', async () => {
  const workspace = makeCommitted()
  workspace.write('package.json', '{}')
  workspace.write('pnpm-lock.yaml', '')
  await succeed(workspace, 'init', '--isolation', 'none')
  expect(settingsIn(workspace)).toEqual(['parallel: 4', 'isolation: none'])
  expect(workspace.read('work/agents.yaml')).toContain('#   - [pnpm, install, --frozen-lockfile]\n')
})

test('init --isolation clone in a repository without a commit warns, and names the command', async () => {
  const workspace = makeRepository()
  const { code, stderr } = await workspace.run(['init', '--isolation', 'clone'])
  expect(code).toBe(0)
  expect(stderr).toContain('Warning: This repository has no commit yet, and isolated threads need one')
  expect(stderr).toContain('git commit --allow-empty -m start')
})

test('init refuses a mode of isolation that there is not, and --isolation beside an agents.yaml', async () => {
  const workspace = makeCommitted()
  expect(await workspace.run(['init', '--isolation', 'worktree'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('clone, none'),
  })
  await succeed(workspace, 'init')
  expect(await workspace.run(['init', '--isolation', 'clone'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--isolation have no effect'),
  })
})

/** Runs `work init` on a terminal, with no agent on PATH; gives the terminal. */
function initOnTerminal(workspace: TestWorkspace, ...args: string[]) {
  const terminal = openTerminal(workspace)
  terminal.work(['init', ...args].join(' '))
  return {
    terminal,
    see: (text: string) => until(() => terminal.screen().includes(text), terminal.screen),
  }
}

test.each([
  ['Enter', 'isolation: clone'],
  ['n', 'isolation: none'],
])('on a terminal init asks about isolation: %s means %s', async (key, expected) => {
  const workspace = makeCommitted()
  const { terminal, see } = initOnTerminal(workspace, '--agent', 'command')
  await see('Should each thread work in a clone of its own?')
  terminal.press(key)
  await see('exit code 0')
  expect(settingsIn(workspace)).toContain(expected)
})

test('on a terminal init --yes asks nothing', async () => {
  const workspace = makeCommitted()
  const { see } = initOnTerminal(workspace, '--yes')
  await see('exit code 0')
  expect(settingsIn(workspace)).toContain('isolation: none')
})

test('Ctrl-C at the question about isolation creates nothing', async () => {
  const workspace = makeCommitted()
  const { terminal, see } = initOnTerminal(workspace, '--agent', 'command')
  await see('Should each thread')
  terminal.press('C-c')
  await see('exit code 130')
  expect(() => workspace.read('work/agents.yaml')).toThrow('ENOENT')
})

test('on a terminal init does not offer clones where git is too old, and says why', async () => {
  const workspace = makeCommitted()
  workspace.write(
    'bin/git',
    '#!/bin/sh\nfor a in "$@"; do [ "$a" = --version ] && echo git version 2.37.1 && exit; done\nexec /usr/bin/git "$@"\n',
  )
  chmodSync(join(workspace.root, 'bin/git'), 0o755)
  const terminal = openTerminal(workspace)
  terminal.type(`export PATH='${join(workspace.root, 'bin')}:${process.env['PATH'] ?? ''}'`)
  terminal.press('Enter')
  terminal.work('init --agent command')
  await until(() => terminal.screen().includes('exit code 0'), terminal.screen)
  expect(terminal.text().replaceAll(/\s+/g, ' ')).toContain(
    'Threads will share this working tree: Isolated threads need git 2.38 or later; this is git 2.37.1.',
  )
  expect(settingsIn(workspace)).toContain('isolation: none')
})
