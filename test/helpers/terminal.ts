import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished } from 'vitest'
import { bugSentence, type TestWorkspace } from './cli.ts'

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

/** A terminal to type in, in a workspace; it goes when the test ends. */
export interface TestTerminal {
  /** Types a command line of `work` and Enter. When it has ended, the screen shows `exit code <n>`. */
  work: (args: string) => void
  type: (text: string) => void
  /** A key as tmux names it: `Enter`, `Down`, `Escape`, `C-c`. */
  press: (key: string) => void
  /** What is shown now. */
  screen: () => string
  /** The same, with each line that is wider than the terminal in one. */
  text: () => string
  isCursorShown: () => boolean
  /** Closes it, as one closes a window: what runs in it gets SIGHUP. A new one takes its place. */
  close: () => void
}

/** How many terminals there have been: each has a tmux server of its own. */
let opened = 0

/** A terminal with a shell in it, 80 × 24 by default. */
export function openTerminal(
  { root: cwd, home }: TestWorkspace,
  { columns = 80, rows = 24 } = {},
): TestTerminal {
  const socket = join(home, '..', `tmux-${(opened += 1)}`)
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, LANG: 'C.UTF-8', TERM: 'xterm-256color' }
  const tmux = (...args: string[]) =>
    execFileSync('tmux', ['-S', socket, '-f', '/dev/null', ...args], { cwd, env, encoding: 'utf8' })
  tmux('new-session', '-d', '-x', String(columns), '-y', String(rows), '-c', cwd, 'sh')
  onTestFinished(() => {
    const shown = tmux('capture-pane', '-p', '-S', '-')
    tmux('kill-server')
    expect(shown).not.toContain(bugSentence)
  })
  const type = (text: string) => void tmux('send-keys', '-l', text)
  const press = (key: string) => void tmux('send-keys', key)
  return {
    work: (args) => {
      type(`"${process.execPath}" "${main}" ${args}; echo "exit code $?"`)
      press('Enter')
    },
    type,
    press,
    screen: () => tmux('capture-pane', '-p'),
    text: () => tmux('capture-pane', '-p', '-J').replaceAll(/ +$/gm, ''),
    isCursorShown: () => tmux('display-message', '-p', '#{cursor_flag}').trim() === '1',
    close: () => void tmux('respawn-pane', '-k', 'sh'),
  }
}
