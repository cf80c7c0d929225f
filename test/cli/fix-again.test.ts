import { expect, test } from 'vitest'
import type { TestWorkspace } from '../helpers/cli.ts'
import { answer, untilAsked, untilShown, type Step } from '../helpers/dialog.ts'
import { factsOf, makeFailed, traceOf } from '../helpers/failed.ts'
import { sessionsOf } from '../helpers/scene.ts'
import { openTerminal, type TestTerminal } from '../helpers/terminal.ts'
import { until } from '../helpers/until.ts'

/** What `work fix` does on a terminal when a chosen action is refused: it shows why, and asks again. */

const retry: Step[] = [
  ['What do you want to do?', 'Down', 'Enter'],
  ['A note for the agent?', 'Enter'],
]
const complete: Step = ['What do you want to do?', 'Up', 'Up', 'Up', 'Enter']

/** Another process runs 01.01.02 until the test ends. */
async function runElsewhere(workspace: TestWorkspace) {
  workspace.write('hold', '')
  const other = workspace.start(['fix', '--thread', '01.01.02', '--retry', '--yes'])
  await until(() => traceOf(workspace).at(-1)?.startsWith('01.01.02 #2'))
  await until(() => sessionsOf(workspace, '01.01.02')[1]?.process)
  return other
}

function shownBy(terminal: TestTerminal): string {
  return terminal.screen().replaceAll(/\s+/g, ' ')
}

test('after a start that is refused it asks again what to do with the same thread', async () => {
  const workspace = await makeFailed()
  const terminal = openTerminal(workspace, { rows: 100 })
  await answer(terminal, 'fix --thread 01.01.02', retry)
  await untilAsked(terminal, 'Start?')
  const other = await runElsewhere(workspace)
  terminal.press('Enter')
  await untilShown(terminal, 'Error: Thread 01.01.02 is being run by process')
  await untilAsked(terminal, 'What do you want to do?')
  expect(shownBy(terminal)).toContain('Resume is not possible: The session is still running.')
  terminal.press('Escape')
  await untilShown(terminal, 'exit code 130')
  other.kill('SIGINT')
  await other.ended
  expect(traceOf(workspace)).toHaveLength(4)
})

test('after a thread can not be marked as completed it asks again what to do with it', async () => {
  const workspace = await makeFailed()
  const terminal = openTerminal(workspace, { rows: 100 })
  await answer(terminal, 'fix --thread 01.01.02', [complete])
  await untilAsked(terminal, 'Mark 01.01.02 as completed')
  const other = await runElsewhere(workspace)
  terminal.type('y')
  await untilShown(terminal, 'Error: Thread 01.01.02 is being run by process')
  await untilAsked(terminal, 'What do you want to do?')
  other.kill('SIGINT')
  await other.ended
  for (const key of ['Up', 'Up', 'Up', 'Enter']) terminal.press(key)
  await untilAsked(terminal, 'Mark 01.01.02 as completed')
  terminal.type('y')
  await untilShown(terminal, 'exit code 0')
  expect(shownBy(terminal)).toContain('Marked 01.01.02')
})

test('when agents.yaml is broken after an edit, it says so and offers to edit it again', async () => {
  const workspace = await makeFailed()
  const before = factsOf(workspace)
  const agents = workspace.read('work/agents.yaml')
  workspace.write('break.sh', 'echo "agents: 7" > "$1"')
  workspace.write('restore.sh', 'cat agents.before > "$1"')
  workspace.write('agents.before', agents)
  const terminal = openTerminal(workspace, { rows: 100 })
  terminal.type('export EDITOR="sh break.sh"')
  terminal.press('Enter')
  const edit: Step = ['What do you want to do?', 'Up', 'Up', 'Enter']
  await answer(terminal, 'fix --thread 01.01.02', [edit, ['work/agents.yaml has 1 error.', 'Down', 'Enter']])
  await untilShown(terminal, 'Retry is not possible: work/agents.yaml')
  await untilAsked(terminal, 'What do you want to do?')
  terminal.press('C-c')
  await untilShown(terminal, 'exit code 130')

  terminal.type('export EDITOR="sh restore.sh"')
  terminal.press('Enter')
  await answer(terminal, 'fix --thread 01.01.02', [edit])
  await untilShown(terminal, 'Saved work/agents.yaml.')
  await untilShown(terminal, '▸ Resume')
  terminal.press('C-c')
  await untilShown(terminal, 'exit code 130')
  expect(workspace.read('work/agents.yaml')).toBe(agents)
  expect(factsOf(workspace)).toEqual(before)
})

test('without a terminal a broken agents.yaml is an error', async () => {
  const workspace = await makeFailed()
  workspace.write('work/agents.yaml', 'agents: 7')
  for (const flags of [[], ['--retry', '--yes']]) {
    const { code, stderr } = await workspace.work('fix', '--thread', '01.01.02', ...flags)
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/^Error: work\/agents\.yaml/) })
  }
})

test('with --dry-run it offers nothing that would change something at once', async () => {
  const workspace = await makeFailed()
  const before = factsOf(workspace)
  const terminal = openTerminal(workspace, { rows: 100 })
  await answer(terminal, 'fix --thread 01.01.02 --dry-run', [['What do you want to do?']])
  expect(terminal.screen()).toContain('Skip')
  expect(terminal.screen()).not.toMatch(/Mark as completed|Edit agents\.yaml/)
  terminal.press('Enter')
  await untilShown(terminal, 'exit code 0')
  expect(factsOf(workspace)).toEqual(before)
})
