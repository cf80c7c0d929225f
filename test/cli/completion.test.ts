import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { runCommandLine } from '../../src/cli/program.ts'
import {
  makeRepository,
  makeWorkspace,
  streamEntry,
  task,
  workIndex,
  type TestWorkspace,
} from '../helpers/cli.ts'
import { capture } from '../helpers/capture.ts'
import { until } from '../helpers/until.ts'
import { batchOf } from '../helpers/plans.ts'
import { openTerminal } from '../helpers/terminal.ts'

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

/** What `work complete` answers in a workspace, in this process: each start of another one takes its time. */
async function completed({ root }: TestWorkspace, ...words: string[]) {
  const before = process.cwd()
  process.chdir(root)
  try {
    return await capture(() => runCommandLine(['complete', ...words]))
  } finally {
    process.chdir(before)
  }
}

/** Two workstreams, the first of which has threads; one of them has a name that a shell would run. */
function makeFilled(): TestWorkspace {
  const workspace = makeWorkspace([
    task({ id: '01.01.01.01', thread_name: 'Parser' }),
    task({ id: '01.01.02.01', thread_name: 'Lexer $(touch ran) `touch ran`\u001b[31m: fast' }),
    task({ id: '02.01.01.01', stage_name: 'Test', batch_name: 'Load' }),
  ])
  const other = streamEntry({ id: '002-other', name: 'other', order: 2 })
  workspace.write('work/index.json', workIndex([streamEntry(), other], { current_stream: '001-demo' }))
  workspace.write('work/agents.yaml', {
    agents: [
      { name: 'default', runner: 'command', command: ['true'], best_for: 'Most things' },
      { name: '$(touch ran)', runner: 'command', command: ['true'] },
    ],
  })
  workspace.write('work/002-other/PLAN.md', batchOf(2))
  return workspace
}

describe('what a word can become', () => {
  const all = ['01.01.01', '01.01.02', '02.01.01']
  test.each([
    [['sta'], ['status']],
    [
      ['add', ''],
      ['stage', 'batch', 'thread', 'task'],
    ],
    [['--v'], ['--version']],
    [['status', '--str'], ['--stream']],
    [
      ['tree', ''],
      ['01', '01.01', '01.01.01', '01.01.02', '02', '02.01', '02.01.01'],
    ],
    [
      ['status', '--watch', '01.01.'],
      ['01.01.01', '01.01.02'],
    ],
    [['update', ''], all],
    [['nonsense', ''], []],
    [
      ['approve', ''],
      ['plan', 'tasks', 'stage', 'revision'],
    ],
    [
      ['approve', 'stage', ''],
      ['01', '02'],
    ],
    [['approve', 'plan', ''], []],
    [['completion', 'z'], ['zsh']],
    [
      ['update', '--status', 'c'],
      ['completed', 'cancelled'],
    ],
    [
      ['status', '--stream', ''],
      ['001-demo', '002-other'],
    ],
    [['status', '-s', '002'], ['002-other']],
    [['status', '--stream', 'oth'], ['other']],
    [['current', '--set', '001'], ['001-demo']],
    [
      ['tree', '--stream=0'],
      ['--stream=001-demo', '--stream=002-other'],
    ],
    [
      ['tree', '--stream', '=', '0'],
      ['001-demo', '002-other'],
    ],
    [
      ['tree', '--stream', '='],
      ['001-demo', '002-other'],
    ],
    [['execute', '--thread', ''], all],
    [['execute', '-t', '02'], ['02.01.01']],
    [['add', 'task', '--json', '--thread', ''], all],
    [['add-batch', '--thread', ''], []],
    [['fix', '--thread', '01.01.01', '02'], ['02.01.01']],
    [['fix', '--thread', '01.01.01', '--resu'], ['--resume']],
    [['session', 'logs', ''], all],
    [
      ['multi', '--batch', ''],
      ['01.01', '02.01'],
    ],
    [
      ['prompt', '--stage', ''],
      ['01', '02'],
    ],
    [['read', '--task', '02'], ['02.01.01.01']],
    [
      ['execute', '--stream', '002-other', '--thread', ''],
      ['01.01.01', '01.01.02'],
    ],
    [['execute', '--stream=2', '--thread', '01.01.02'], ['01.01.02']],
    [
      ['assign', '--agent', ''],
      ['default', '$(touch ran)'],
    ],
    [['status', '--repo-root', ''], [':directories']],
  ])('%j: %j', async (words, values) => {
    const { code, stdout, stderr } = await completed(makeFilled(), ...words)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(linesIn(stdout).map((line) => line.split('\t')[0])).toEqual(values)
  })

  test('comes with its name, on one line that is safe to show', async () => {
    const workspace = makeFilled()
    const threads = await completed(workspace, 'execute', '--thread', '01')
    expect(linesIn(threads.stdout)).toEqual([
      '01.01.01\tParser',
      '01.01.02\tLexer $(touch ran) `touch ran`: fast',
    ])
    const streams = await completed(workspace, 'tree', '--stream', '')
    expect(linesIn(streams.stdout)).toEqual(['001-demo\tdemo (the current one)', '002-other\tother'])
    const agents = await completed(workspace, 'execute', '--agent', 'd')
    expect(agents.stdout).toBe('default\tMost things\n')
  })

  test('is empty, without a message, where nothing can be read', async () => {
    const nothing = { code: 0, stdout: '', stderr: '' }
    const words = ['complete', 'status', '--thread', '']
    expect(await makeRepository().work(...words)).toMatchObject(nothing)
    const workspace = makeFilled()
    expect(await workspace.run(words, { cwd: '/' })).toMatchObject(nothing)
    expect(await workspace.work('complete', 'status', '--stream', '9', '--thread', '')).toMatchObject(nothing)
    workspace.write('work/001-demo/tasks.json', '{ broken')
    expect(await workspace.work(...words)).toMatchObject(nothing)
    expect(await workspace.work('complete')).toMatchObject({ code: 0, stderr: '' })
  })
})

test('work completion writes no file, and names the shells that it knows', async () => {
  const repository = makeRepository()
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { code, stdout } = await repository.work('completion', shell)
    expect(code).toBe(0)
    expect(stdout).toContain(`work completion ${shell}`)
  }
  const { code, stdout, stderr } = await repository.work('completion', 'powershell')
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain('There is one for: bash, zsh, fish.')
  expect(existsSync(join(repository.root, 'work'))).toBe(false)
})

describe('bash', () => {
  test('offers values as they have to be typed, and runs none', () => {
    const workspace = makeFilled()
    expect(offeredByBash(workspace, 'execute', '--thread', '01')).toEqual(['01.01.01', '01.01.02'])
    expect(offeredByBash(workspace, 'tree', '--stream', '=', '002')).toEqual(['002-other'])
    expect(offeredByBash(workspace, 'assign', '--agent', '$(touch')).toEqual(['\\$\\(touch\\ ran\\)'])
    expect(offeredByBash(workspace, 'tree', '$(touch ran)', '--strea')).toEqual(['--stream'])
    expect(offeredByBash(workspace, 'nonsense', '')).toEqual([])
    expect(existsSync(join(workspace.root, 'ran'))).toBe(false)
  })

  test('completes a line in a terminal', async () => {
    const { terminal } = await typesInto('bash --norc --noprofile', 'source <(work completion bash)')
    terminal.type('work nonsense ')
    terminal.press('Tab')
    terminal.type('| cat')
    await until(() => terminal.screen().includes('| cat'))
    expect(terminal.screen().trim()).toBe('ready> work nonsense | cat')
  })
})

describe('zsh', () => {
  test('completes a line in a terminal', async () => {
    const start = 'autoload -Uz compinit; compinit -D -u; source <(work completion zsh)'
    const { terminal, workspace } = await typesInto('zsh -f', start)
    terminal.type('work assign --clear --agent $(touch\\ ran')
    terminal.press('Tab')
    terminal.press('C-u')
    terminal.type('work execute --thread 01.')
    terminal.press('Tab')
    terminal.press('Tab')
    terminal.press('Tab')
    await until(() => /^01\.01\.02 +-- Lexer \$\(touch ran\) `touch ran`: fast$/m.test(terminal.screen()))
    expect(existsSync(join(workspace.root, 'ran'))).toBe(false)
  })

  test('completes from a file of its fpath as well', () => {
    const workspace = makeFilled()
    const code = `work completion zsh > ../_work; fpath=(\${PWD:h} $fpath); autoload -Uz compinit; compinit -D -u
      print -r -- $_comps[work]; _describe() { print -rl -- $found }
      words=(work execute --thread 02); CURRENT=4; _work`
    expect(linesIn(inShell(workspace, 'zsh', ['-f', '-c', code]))).toEqual([
      '_work',
      '02.01.01:Thread 02.01.01',
    ])
  })
})

describe('fish', () => {
  test('offers values with what they are about, and runs none', () => {
    const workspace = makeFilled()
    const offered = (line: string) => {
      const code = 'work completion fish | source; complete --do-complete $argv[1]'
      return linesIn(inShell(workspace, 'fish', ['--no-config', '-c', code, line]))
    }
    expect(offered('work execute --thread 01')).toEqual([
      '01.01.01\tParser',
      '01.01.02\tLexer $(touch ran) `touch ran`: fast',
    ])
    expect(offered('work comp')).toEqual([expect.stringMatching(/^completion\t/)])
    expect(offered('work tree --stream=002')).toEqual(['--stream=002-other\tother'])
    expect(offered('work status --repo-root wo')).toEqual([expect.stringMatching(/^work\//)])
    expect(offered('work nonsense ')).toEqual([])
    expect(existsSync(join(workspace.root, 'ran'))).toBe(false)
  })
})

/** What bash offers for the last of these words. */
function offeredByBash(workspace: TestWorkspace, ...words: string[]): string[] {
  const code = `source <(work completion bash); source <(work completion bash)
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _work work "\${COMP_WORDS[COMP_CWORD]}" ''
    (( \${#COMPREPLY[@]} == 0 )) || printf '%s\\n' "\${COMPREPLY[@]}"`
  return linesIn(inShell(workspace, 'bash', ['--norc', '--noprofile', '-c', code, 'bash', 'work', ...words]))
}

/** Starts the shell in a terminal and lets it complete a flag, its value and a folder. */
async function typesInto(shell: string, start: string) {
  const workspace = makeFilled()
  const terminal = openTerminal(workspace, { columns: 120 })
  terminal.type(`cd ${workspace.root}; PATH=${shim(workspace)} HISTFILE= exec ${shell}`)
  terminal.press('Enter')
  terminal.type(`PS1='ready> '; ${start}; clear`)
  terminal.press('Enter')
  await until(() => terminal.screen().trim() === 'ready>')
  const completes = async (text: string, whole: string) => {
    terminal.type(text)
    terminal.press('Tab')
    await until(() => terminal.screen().includes(`ready> ${whole}`))
  }
  await completes('work tree --str', 'work tree --stream')
  await completes('002', 'work tree --stream 002-other')
  terminal.press('C-u')
  await completes('work tree -r w', 'work tree -r work/')
  terminal.press('C-u')
  await until(() => terminal.screen().trim().endsWith('ready>'))
  return { workspace, terminal }
}

/** What a shell prints in which `work` is this one; it may keep files where none of HOME are. */
function inShell(workspace: TestWorkspace, shell: string, args: string[]): string {
  const { root: cwd, home } = workspace
  const own = join(home, '..', 'xdg')
  const env = { PATH: shim(workspace), HOME: home, LANG: 'C.UTF-8', XDG_CONFIG_HOME: own, XDG_DATA_HOME: own }
  return execFileSync(shell, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}

/** A PATH with the built `work` first. */
function shim(workspace: TestWorkspace): string {
  const folder = join(workspace.home, '..', 'bin')
  const path = join(folder, 'work')
  workspace.write('../bin/work', `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`)
  chmodSync(path, 0o755)
  return `${folder}:${process.env['PATH'] ?? ''}`
}

function linesIn(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}
