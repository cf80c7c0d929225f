import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { disk, look, workspace } from './checkup.ts'

function git(...args: string[]): void {
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org']
  execFileSync('git', [...identity, ...args], { cwd: workspace.root, stdio: 'pipe' })
}

function configure(settings: Record<string, unknown> = {}): void {
  const agents = [{ name: 'default', runner: 'command', command: [process.execPath] }]
  workspace.write('work/agents.yaml', { isolation: 'clone', ...settings, agents })
}

/** A repository with these files in its only commit, whose threads are isolated. */
function isolate(files: Record<string, string> = {}, settings: Record<string, unknown> = {}): void {
  git('init', '-q')
  for (const [path, text] of Object.entries(files)) workspace.write(path, text)
  git('add', '-A')
  git('commit', '-q', '--allow-empty', '-m', 'Begin')
  configure(settings)
}

async function isolation(): Promise<string> {
  return (await look()).get('isolation') ?? ''
}

test('without isolation nothing is said of it', async () => {
  git('init', '-q')
  expect(await isolation()).toBe('')
})

test('a repository in which nothing is in the way is well', async () => {
  isolate()
  expect(await isolation()).toBe('ok: each thread works in a clone of its own')
})

test('a repository without a commit, and one that is bare, are problems', async () => {
  configure()
  git('init', '-q')
  expect(await isolation()).toMatch(/^problem: This repository has no commit yet/)
  git('commit', '-q', '--allow-empty', '-m', 'Begin')
  git('config', 'core.bare', 'true')
  expect(await isolation()).toMatch(/^problem: .* is a bare git repository/)
})

test.each([
  ['vitest', { 'vitest.config.ts': '' }, 'Add to vitest.config.ts: test: { exclude:'],
  ['eslint', { 'eslint.config.js': '' }, "Add to eslint.config.js: { ignores: ['work/.trees/'] }"],
  ['jest', { 'package.json': '{"jest":{}}' }, 'Add to package.json: modulePathIgnorePatterns'],
  ['prettier', { '.prettierrc': '{}' }, 'Add to .prettierignore: work/.trees/'],
  ['vitest', { 'package.json': '{"devDependencies":{"vitest":"4"}}' }, 'Add to the configuration of vitest'],
])('%s needs a line, unless it is there', async (tool, files, line) => {
  isolate(files)
  expect(await isolation()).toContain(`warning: ${tool} would also read the clones in work/.trees → ${line}`)
})

test('tools that know of the clones need nothing', async () => {
  isolate({
    'vitest.config.ts': "exclude: ['**/.trees/**']",
    '.prettierrc': '{}',
    '.prettierignore': 'work/.trees/\n',
  })
  expect(await isolation()).toMatch(/^ok/)
})

test('workspaces need setup commands', async () => {
  isolate({ 'package.json': '{"workspaces":["packages/*"]}' })
  expect(await isolation()).toMatch(/^warning: package.json has workspaces, and there is no "setup"/)
  isolate({ 'package.json': '{"workspaces":["packages/*"]}' }, { setup: [['npm', 'ci']] })
  expect(await isolation()).toMatch(/^ok/)
})

test('submodules and sparse checkout are named', async () => {
  isolate({ '.gitmodules': '' })
  git('config', 'core.sparseCheckout', 'true')
  expect(await isolation()).toContain('warning: sparse checkout is on')
  expect(await isolation()).toContain('warning: the repository has submodules')
})

test('too little room for the clones, and folders of nobody, are named', async () => {
  isolate({ 'large.txt': 'x'.repeat(10_000) })
  workspace.write('work/.trees/001-09.09.09/left.txt', 'mine')
  const found = (await look({ readDisk: () => ({ ...disk, free: 1000 }) })).get('isolation')
  expect(found).toMatch(/warning: \d+ clones need 1 MB for their files, and 1 MB are free/)
  expect(found).toContain('warning: no workstream records work/.trees/001-09.09.09 → Look for work')
})
