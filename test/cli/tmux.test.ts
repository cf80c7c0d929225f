import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tmuxSessionName } from '../../src/cli/commands/run/tmux.ts'
import type { TestWorkspace } from '../helpers/cli.ts'
import { until } from '../helpers/until.ts'
import { makeApproved, nodeAgent, sessionsOf } from '../helpers/scene.ts'
import { batchOf } from '../builders/plan.ts'

/** Says that it works until there is a file `go`. */
const patient = `
  import { existsSync } from 'node:fs'
  console.log('working on ' + process.env.WORK_THREAD)
  const timer = setInterval(() => existsSync('go') && clearInterval(timer), 20)`

/** A tmux server for this workspace alone. It ends with the test, as everything with its HOME does. */
function ownTmux(workspace: TestWorkspace) {
  const socket = join(workspace.home, '..', 'tmux')
  const env = { PATH: process.env['PATH'] ?? '', HOME: workspace.home, LANG: 'C.UTF-8' }
  const tmux = (...args: string[]) =>
    execFileSync('tmux', ['-S', socket, ...args], { env, encoding: 'utf8', stdio: 'pipe' })
  const name = tmuxSessionName(workspace.root, '001-demo')
  return {
    name,
    env: { WORK_TMUX_SOCKET: socket, TERM: 'xterm-256color' },
    tmux,
    /** The names of its windows; none when there is no such session. */
    windows: () => {
      try {
        return tmux('list-windows', '-t', `=${name}`, '-F', '#{window_name}').trim().split('\n')
      } catch {
        return []
      }
    },
    /** What the window with this number shows. */
    screen: (index: number) => tmux('capture-pane', '-p', '-t', `=${name}:${index}`),
  }
}

test('multi --tmux opens a board and a window for each thread, which only look', async () => {
  const workspace = await makeApproved(batchOf(3), nodeAgent(patient))
  const { name, env, tmux, windows, screen } = ownTmux(workspace)
  expect(name).toMatch(/^work-001-demo-[0-9a-f]{6}$/)
  const run = workspace.start(['multi', '--continue', '--tmux', '--parallel', '2'], { env })
  await until(() => windows().length === 3)
  expect(windows()).toEqual(['board', '01.01.01', '01.01.02'])
  await until(() => screen(1).includes('working on 01.01.01') && screen(2).includes('working on 01.01.02'))
  await until(() => screen(0).includes('Thread 03'))
  expect(run.stderr).toMatch(new RegExp(`^Windows: tmux -S \\S+ attach -t ${name}$`, 'm'))

  tmux('kill-window', '-t', `=${name}:1`)
  tmux('send-keys', '-t', `=${name}:2`, 'C-c')
  workspace.write('go', '')
  expect(await run.ended).toMatchObject({ code: 0 })
  expect(sessionsOf(workspace, '01.01.01')).toMatchObject([{ status: 'completed' }])
  expect(sessionsOf(workspace, '01.01.02')).toMatchObject([{ status: 'completed' }])
  // What the last one said can still be read.
  expect(windows()).toEqual(['board', '01.01.02', '01.01.03'])
  await until(() => screen(3).includes('attempt 1 of 01.01.03: completed'))
})

test('a second multi --tmux takes the session that is there, and shows the new attempt', async () => {
  const agent = `console.log('try ' + process.env.WORK_ATTEMPT); process.exit(Number(process.env.WORK_ATTEMPT) % 2)`
  const workspace = await makeApproved(batchOf(1), nodeAgent(agent))
  const { env, tmux, windows, screen } = ownTmux(workspace)
  expect(await workspace.run(['multi', '--continue', '--tmux'], { env })).toMatchObject({ code: 1 })
  await until(() => screen(1).includes('try 1'))
  const [before] = tmux('list-sessions', '-F', '#{session_id}').trim().split('\n')

  expect(await workspace.run(['multi', '--continue', '--tmux'], { env })).toMatchObject({ code: 0 })
  await until(() => screen(1).includes('try 2'))
  expect(windows()).toEqual(['board', '01.01.01'])
  expect(tmux('list-sessions', '-F', '#{session_id}').trim()).toBe(before)
})

test('when all windows are closed the run continues', async () => {
  const workspace = await makeApproved(batchOf(2), nodeAgent(patient))
  const { env, tmux, windows } = ownTmux(workspace)
  const run = workspace.start(['multi', '--continue', '--tmux', '--parallel', '1'], { env })
  await until(() => windows().includes('01.01.01'))
  tmux('kill-server')
  workspace.write('go', '')
  const { code, stdout } = await run.ended
  expect(code).toBe(0)
  expect(stdout).toContain('No more windows are opened: tmux')
  expect(sessionsOf(workspace, '01.01.02')).toMatchObject([{ status: 'completed' }])
})

test('without tmux --tmux is refused before anything is started', async () => {
  const workspace = await makeApproved(batchOf(1), nodeAgent(patient))
  const env = { PATH: workspace.home }
  const refused = await workspace.run(['multi', '--continue', '--tmux'], { env })
  expect(refused).toMatchObject({ code: 2, stdout: '' })
  expect(refused.stderr).toContain('tmux is not installed')
  expect(sessionsOf(workspace, '01.01.01')).toEqual([])

  workspace.write('go', '')
  expect(await workspace.run(['multi', '--continue'], { env })).toMatchObject({ code: 0 })
})
