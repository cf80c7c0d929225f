import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeRepository, type TestWorkspace } from '../helpers/cli.ts'
import { linesOf } from '../helpers/scene.ts'
import { openTerminal, type TestTerminal } from '../helpers/terminal.ts'
import { until } from '../helpers/until.ts'
import { planText } from '../builders/plan.ts'

/**
 * Stands for Claude Code: it drafts the plan in `plan.md`; in a thread it works until there is a file `go`, then reports its tasks.
 * It ends as that program does.
 */
const claude = `#!/usr/bin/env node
const { execFileSync } = require('node:child_process')
const { appendFileSync, copyFileSync, existsSync } = require('node:fs')
const { WORK_STREAM, WORK_THREAD } = process.env
const say = (event) => console.log(JSON.stringify(event))
const end = (result) => say({ type: 'result', subtype: 'success', is_error: false, result, total_cost_usd: 0.01 })
if (WORK_THREAD === '00.00.00') {
  copyFileSync('plan.md', 'work/' + WORK_STREAM + '/PLAN.draft.md')
  say({ type: 'assistant', message: { content: [{ type: 'text', text: 'Planned it.' }] } })
  end('Planned it.')
  process.exit()
}
appendFileSync('trace', WORK_THREAD + '\\n')
const text = 'working on ' + WORK_THREAD
say({ type: 'assistant', message: { content: [{ type: 'text', text }] } })
setInterval(() => {
  if (!existsSync('go')) return
  execFileSync('work', ['update', '--task', WORK_THREAD + '.01', '--status', 'completed', '--report', 'Did it.'])
  end('Did it.')
  process.exit()
}, 20)
`

/** A terminal in which `claude` is the first program on PATH. */
function terminalWith(workspace: TestWorkspace): TestTerminal {
  const terminal = openTerminal(workspace)
  terminal.type(`export PATH='${join(workspace.root, 'bin')}:${process.env['PATH'] ?? ''}'; clear`)
  terminal.press('Enter')
  return terminal
}

test('three commands lead from an empty repository to agents at work, and a few keys to the end of the plan', async () => {
  const workspace = makeRepository()
  workspace.write('bin/claude', claude)
  chmodSync(join(workspace.root, 'bin', 'claude'), 0o755)
  workspace.write('plan.md', planText([[[['A'], ['B']]], [[['C']]]]))
  const terminal = terminalWith(workspace)
  const see = (text: string, on = terminal) => until(() => on.screen().includes(text), on.screen)
  const traces = () => linesOf(workspace, 'trace')

  terminal.work('init')
  await see('Which agent should do the work?')
  terminal.press('Down')
  await see('▸ Claude Code')
  terminal.press('Enter')
  await see('exit code 0')
  terminal.work("plan 'Release it'")
  await see('What do you think of the plan?')
  terminal.press('Enter')
  await see('Plan approved: 3 threads with 3 tasks.')
  terminal.type('clear')
  terminal.press('Enter')
  terminal.work('run')
  await see('d detach')
  await until(() => traces().length === 2)

  terminal.press('d')
  await see('The run continues in the background')
  const other = terminalWith(workspace)
  other.work('status --watch')
  await see('2 running', other)
  other.press('C-c')
  await until(
    () => !other.screen().includes('d detach') && other.screen().includes('exit code'),
    other.screen,
  )
  other.type('clear')
  other.press('Enter')
  other.work('stop')
  await see('Stopped:', other)

  workspace.write('go', '')
  terminal.type('clear')
  terminal.press('Enter')
  terminal.work('run --retry-failed')
  await see('Approve stage 01 and continue?')
  terminal.press('y')
  await see('exit code 0')
  const { tasks } = JSON.parse(workspace.read('work/001-release-it/tasks.json'))
  expect(tasks).toMatchObject([{ status: 'completed' }, { status: 'completed' }, { status: 'completed' }])
  expect(traces().toSorted()).toEqual(['01.01.01', '01.01.01', '01.01.02', '01.01.02', '02.01.01'])
})
