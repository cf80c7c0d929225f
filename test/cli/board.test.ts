import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { until } from '../helpers/cli.ts'
import { batchOf } from '../helpers/plans.ts'
import { makeApproved, nodeAgent, sessionsOf } from '../helpers/scene.ts'

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

/** A terminal of 80 × 24 with a program in it; it goes when the test ends. */
function openTerminal(cwd: string, home: string) {
  const socket = join(home, '..', 'tmux')
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, LANG: 'C.UTF-8', TERM: 'xterm-256color' }
  const tmux = (...args: string[]) =>
    execFileSync('tmux', ['-S', socket, '-f', '/dev/null', ...args], { cwd, env, encoding: 'utf8' })
  tmux('new-session', '-d', '-x', '80', '-y', '24', '-c', cwd, 'sh')
  onTestFinished(() => {
    tmux('kill-server')
  })
  return {
    type: (text: string) => tmux('send-keys', '-l', text),
    press: (key: string) => tmux('send-keys', key),
    screen: () => tmux('capture-pane', '-p'),
  }
}

test('on a terminal a live board shows each thread, and Ctrl-C stops the run', async () => {
  const agent = `console.log('\\u001b[31mworking on ' + process.env.WORK_THREAD + '\\u001b[2J'); setInterval(() => undefined, 1000)`
  const workspace = await makeApproved(batchOf(3), nodeAgent(agent))
  const terminal = openTerminal(workspace.root, workspace.home)
  terminal.type(`"${process.execPath}" "${main}" multi --continue --parallel 2; echo "exit code $?"`)
  terminal.press('Enter')

  await until(() => terminal.screen().includes('working on 01.01.02'))
  const board = terminal.screen()
  expect(board).toMatch(/● 01\.01\.01 {2}Thread 01 {2}default +\d+s {2}working on 01\.01\.01/)
  expect(board).toMatch(/○ 01\.01\.03 {2}Thread 03 {2}default +waiting/)
  expect(board).toContain('0/3')
  expect(board).toContain('2 running · 1 waiting')

  terminal.press('C-c')
  await until(() => terminal.screen().includes('exit code 130'))
  const end = terminal.screen()
  expect(end).toMatch(/■ 01\.01\.01 .*interrupted: user/)
  expect(end).toContain('work multi --continue')
  expect(sessionsOf(workspace, '01.01.01')).toMatchObject([{ status: 'interrupted', reason: 'user' }])
  expect(sessionsOf(workspace, '01.01.03')).toEqual([])
})
