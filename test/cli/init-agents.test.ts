import { execFileSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeRepository, type TestWorkspace } from '../helpers/cli.ts'
import { openTerminal } from '../helpers/terminal.ts'
import { until } from '../helpers/until.ts'

/** Puts executables into the folder `bin` of a workspace; returns a PATH with them first. */
function install(workspace: TestWorkspace, programs: Record<string, string>): string {
  for (const [name, script] of Object.entries(programs)) {
    workspace.write(`bin/${name}`, `#!/bin/sh\n${script}\n`)
    chmodSync(join(workspace.root, 'bin', name), 0o755)
  }
  return `${join(workspace.root, 'bin')}:${process.env['PATH'] ?? ''}`
}

test('on a terminal init offers the agents that are installed, and the models of opencode by provider', async () => {
  const workspace = makeRepository()
  const PATH = install(workspace, {
    claude: '',
    opencode: 'printf "local/m1\\nlocal/m2\\nother/m3\\n"',
  })
  const terminal = openTerminal(workspace)
  const see = (text: string) => until(() => terminal.screen().includes(text), terminal.screen)
  terminal.type(`export PATH='${PATH}'`)
  terminal.press('Enter')
  terminal.work('init')
  await see('Which agent should do the work?')
  expect(terminal.screen()).toContain('Claude Code')
  expect(terminal.screen()).not.toContain('Gemini')
  terminal.press('Enter')
  await see('Which provider?')
  expect(terminal.screen()).toContain('local · 2 models')
  terminal.press('Escape')
  await see('▸ opencode')
  terminal.press('Enter')
  await see('? Which provider?')
  terminal.press('Enter')
  await see('Which model of the provider local?')
  terminal.press('Down')
  terminal.press('Enter')
  await see('exit code 0')
  expect(terminal.text()).toContain(
    'In work/agents.yaml the agent "default" runs opencode with the model local/m2.',
  )
  expect(terminal.text()).toContain('The file also has claude.')
  expect(workspace.read('work/agents.yaml')).toContain('      - local/m2\n')
})

test('Ctrl-C at a question of init creates nothing', async () => {
  const workspace = makeRepository()
  const PATH = install(workspace, { claude: '' })
  const terminal = openTerminal(workspace)
  terminal.type(`export PATH='${PATH}'`)
  terminal.press('Enter')
  terminal.work('init')
  await until(() => terminal.screen().includes('Which agent'), terminal.screen)
  terminal.press('C-c')
  await until(() => terminal.screen().includes('exit code 130'), terminal.screen)
  expect(terminal.screen()).toContain('Cancelled: nothing was created.')
  expect(() => workspace.read('work/agents.yaml')).toThrow('ENOENT')
})

test('init --agent sets up that program without a question, and warns of one that is not installed', async () => {
  const workspace = makeRepository()
  const PATH = install(workspace, { codex: '' })
  const env = { PATH }
  const first = await workspace.run(['init', '--agent', 'codex', '--json'], { env })
  expect(first).toMatchObject({ code: 0, stderr: '' })
  expect(JSON.parse(first.stdout)).toMatchObject({
    agents: [{ name: 'default', runner: 'codex', permissions: 'edit' }],
  })
  const agents = await workspace.run(['agents', '--json'], { env })
  expect(JSON.parse(agents.stdout)).toMatchObject({
    agents: [{ name: 'default', runner: 'codex', done_when: 'tasks', timeout: 7_200_000 }],
  })
  expect(await workspace.run(['init', '--agent', 'claude'], { env })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(
      'work/agents.yaml already exists, so --agent, --model and --isolation have no effect.',
    ),
  })
  expect(await workspace.run(['init', '--agent', 'claude', '--model', 'a/b'], { env })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--model is for opencode'),
  })
  const other = makeRepository()
  const missing = await other.run(['init', '--agent', 'gemini'], { env: { PATH: '/nowhere' } })
  expect(missing).toMatchObject({
    code: 0,
    stderr: expect.stringContaining(
      'Warning: gemini is not installed: there is no program "gemini" on PATH.',
    ),
  })
})

function commit(workspace: TestWorkspace): void {
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org']
  execFileSync('git', [...identity, 'commit', '-q', '--allow-empty', '-m', 'Begin'], { cwd: workspace.root })
}

test('on a terminal init asks whether threads work in clones, and Enter says yes', async () => {
  const workspace = makeRepository()
  commit(workspace)
  const terminal = openTerminal(workspace)
  terminal.work('init --agent command')
  await until(() => terminal.screen().includes('Should each thread work in a clone'), terminal.screen)
  terminal.press('Enter')
  await until(() => terminal.screen().includes('exit code 0'), terminal.screen)
  expect(workspace.read('work/agents.yaml')).toContain('\nisolation: clone\n')
})

test('without a terminal init writes no isolation, unless a flag says so', async () => {
  const [plain, cloned] = [makeRepository(), makeRepository()]
  commit(cloned)
  expect(await plain.run(['init'])).toMatchObject({ code: 0, stderr: '' })
  expect(plain.read('work/agents.yaml')).toContain('\nisolation: none\n')
  expect(await cloned.run(['init', '--isolation', 'clone'])).toMatchObject({ code: 0, stderr: '' })
  expect(cloned.read('work/agents.yaml')).toContain('\nisolation: clone\n')
  expect((await cloned.run(['agents', '--json'])).code).toBe(0)
})

test('in a repository without a commit init says why there is no isolation', async () => {
  const workspace = makeRepository()
  const flagged = await workspace.run(['init', '--isolation', 'clone'])
  expect(flagged).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('Warning: This repository has no commit yet'),
  })
  const other = makeRepository()
  const terminal = openTerminal(other)
  terminal.work('init --agent command')
  await until(() => terminal.screen().includes('exit code 0'), terminal.screen)
  expect(terminal.text()).toContain('Threads will share this working tree: This repository has no commit yet')
  expect(other.read('work/agents.yaml')).toContain('\nisolation: none\n')
})
