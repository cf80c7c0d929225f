import { expect, test } from 'vitest'
import { until } from '../helpers/until.ts'
import { makeApproved, nodeAgent, sessionsOf } from '../helpers/scene.ts'
import { openTerminal } from '../helpers/terminal.ts'
import { batchOf } from '../builders/plan.ts'

test('on a terminal a live board shows each thread, and Ctrl-C stops the run', async () => {
  const agent = `console.log('\\u001b[31mworking on ' + process.env.WORK_THREAD + '\\u001b[2J'); setInterval(() => undefined, 1000)`
  const workspace = await makeApproved(batchOf(3), nodeAgent(agent))
  const terminal = openTerminal(workspace)
  terminal.work('multi --continue --parallel 2')

  await until(() => ['01.01.01', '01.01.02'].every((id) => terminal.screen().includes(`working on ${id}`)))
  const board = terminal.screen()
  expect(board).toMatch(/● 01\.01\.01 {2}Thread 01 {2}default +\d+s {2}working on 01\.01\.01/)
  expect(board).toMatch(/○ 01\.01\.03 {2}Thread 03 {2}default +waiting/)
  expect(board).toContain('0/3')
  expect(board).toContain('2 running · 1 waiting')

  terminal.press('C-c')
  await until(() => terminal.screen().includes('exit code 130'))
  const end = terminal.screen()
  expect(end).toMatch(/■ 01\.01\.01 .*interrupted: stopped by you/)
  expect(end).toContain('work continue')
  expect(sessionsOf(workspace, '01.01.01')).toMatchObject([{ status: 'interrupted', reason: 'user' }])
  expect(sessionsOf(workspace, '01.01.03')).toEqual([])
})

test('Ctrl-Z restores the cursor, and after fg the board continues below', async () => {
  const workspace = await makeApproved(batchOf(1), nodeAgent('setInterval(() => undefined, 1000)'))
  const terminal = openTerminal(workspace)
  terminal.work('multi --continue')
  await until(() => terminal.screen().includes('1 running') && !terminal.isCursorShown())
  terminal.press('C-z')
  await until(() => terminal.isCursorShown())
  terminal.type('echo mean"while"; fg')
  terminal.press('Enter')
  await until(() => /\nmeanwhile\n[^]*1 running/.test(terminal.screen()))
  expect(terminal.isCursorShown()).toBe(false)
  terminal.press('C-c')
  await until(() => terminal.screen().includes('interrupted: stopped by you'))
  await until(() => terminal.isCursorShown())
})

test('of a command agent that fails the board shows what it wrote to standard error', async () => {
  const agent = `console.log('all is well so far'); console.error('Error: port 3000 is taken'); process.exitCode = 3`
  const workspace = await makeApproved(batchOf(1), nodeAgent(agent))
  const terminal = openTerminal(workspace, { columns: 140 })
  terminal.work('multi --continue')
  await until(() => terminal.screen().includes('exit code 1\n'))
  expect(terminal.screen()).toContain('failed: exit code 3 · Error: port 3000 is taken')
  expect(terminal.screen()).not.toContain('all is well')
})
