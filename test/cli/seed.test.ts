import { expect, test } from 'vitest'
import { makeApproved, sessionsOf } from '../helpers/scene.ts'
import { openTerminal } from '../helpers/terminal.ts'
import { until } from '../helpers/until.ts'
import { planText } from '../builders/plan.ts'

/**
 * The command lines of the plan that this project grew from, typed as it writes them. Scripts and habits rely on them.
 */
const code = `
import { existsSync } from 'node:fs'
process.exit(process.env.WORK_THREAD === '01.01.02' && !existsSync('good') ? 3 : 0)
`

test('command lines of the plan that the project grew from still work', async () => {
  const command = [process.execPath, '--input-type=module', '--eval', code]
  const agents = ['default', 'X'].map((name) => ({
    name,
    runner: 'command',
    command,
    resume_command: command,
  }))
  const workspace = await makeApproved(planText([[[['A'], ['B']], [['C']]]]), JSON.stringify({ agents }))
  const terminal = openTerminal(workspace, { rows: 50 })
  const see = (text: string) => until(() => terminal.screen().includes(text), terminal.screen)
  const untilAsked = () => until(() => /[▸‣]/.test(terminal.screen()), terminal.screen)
  const clear = () => {
    terminal.type('clear')
    terminal.press('Enter')
  }
  const statuses = () =>
    sessionsOf(workspace, '01.01.02').map(({ mode, agentName }) => `${mode} ${agentName}`)

  for (const line of ['validate plan', 'status', 'list', 'tree', 'check plan']) {
    clear()
    terminal.work(line)
    await see('exit code 0')
  }
  clear()
  terminal.work('execute --thread "01.01.01"')
  await see('exit code 0')
  clear()
  terminal.work('multi --batch "01.01"')
  await see('exit code 1')
  expect(statuses()).toEqual(['fresh default'])

  for (const line of ['--resume', '--retry', '--agent X']) {
    clear()
    terminal.work(`fix --thread "01.01.02" ${line}`)
    await see('A note for the agent?')
    terminal.press('Enter')
    await until(() => /\((y\/N|Y\/n)\)/.test(terminal.screen()), terminal.screen)
    terminal.press('y')
    await see('exit code 1')
  }
  expect(statuses()).toEqual(['fresh default', 'resume default', 'fresh default', 'fresh X'])

  clear()
  terminal.work('fix')
  await untilAsked()
  terminal.press('C-c')
  await see('exit code 130')
  clear()
  terminal.work('fix --new-stage')
  await untilAsked()
  terminal.press('C-c')
  await see('exit code')
  clear()
  terminal.work('status --sessions')
  await see('exit code 0')
  expect(terminal.screen()).toContain('#4')

  workspace.write('good', '')
  clear()
  terminal.work('continue')
  await see('Fix first')
  terminal.press('C-c')
  await see('exit code 130')
  clear()
  terminal.work('multi --continue')
  await see('exit code 0')
  expect(sessionsOf(workspace, '01.02.01')).toMatchObject([{ status: 'completed' }])

  for (const kind of ['add-stage', 'add stage']) {
    clear()
    terminal.work(`${kind} --stage 1 --name "Polish"`)
    await see('exit code 0')
  }
  expect(workspace.read('work/001-demo/PLAN.md').match(/^### Stage 0[23]: /gm)).toHaveLength(2)
})
