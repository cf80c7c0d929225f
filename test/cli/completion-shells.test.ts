import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { TestWorkspace } from '../helpers/cli.ts'
import { until } from '../helpers/until.ts'
import { openTerminal } from '../helpers/terminal.ts'
import { linesIn, makeFilled } from '../helpers/completion.ts'

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

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
