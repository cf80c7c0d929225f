import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { TestWorkspace } from '../helpers/cli.ts'
import { lives } from '../helpers/processes.ts'
import { linesOf, makeApproved, nodeAgent, sessionsOf, succeed, tasksOf } from '../helpers/scene.ts'
import { openTerminal } from '../helpers/terminal.ts'
import { until } from '../helpers/until.ts'
import { batchOf, planText } from '../builders/plan.ts'

/** Says who it is, and runs until a file `go` is there; thread 01.01.02 fails when there is a file `fail`. */
const agent = `
import { appendFileSync, existsSync } from 'node:fs'
const { WORK_THREAD } = process.env
appendFileSync('trace', WORK_THREAD + '\\n')
console.log('I am ' + WORK_THREAD)
setInterval(() => {
  if (WORK_THREAD === '01.01.02' && existsSync('fail')) process.exit(3)
  if (existsSync('go')) process.exit()
}, 20)
`

function traces(workspace: TestWorkspace): string[] {
  return linesOf(workspace, 'trace').toSorted()
}

function statusOf(workspace: TestWorkspace, thread: string): string | undefined {
  return sessionsOf(workspace, thread).at(-1)?.status
}

/** The process that runs in the background, as a command has named it. */
function processIn(text: string): number {
  return Number(/in the background \(process (\d+)\)/.exec(text)?.[1])
}

test('work run --detach runs on in a process of its own, which work stop and work continue know', async () => {
  const workspace = await makeApproved(batchOf(3), nodeAgent(agent))
  const stdout = await succeed(workspace, 'run', '--detach', '--parallel', '2')
  const pid = processIn(stdout)
  expect(stdout).toBe(
    `The run continues in the background (process ${pid}).\n  → work status --watch   shows the board\n  → work stop   stops it\n`,
  )
  await until(() => traces(workspace).length === 2)
  const busy = await workspace.work('run', '1.1.1')
  expect(busy.code).toBe(2)
  expect(busy.stderr).toContain(`is being run by process ${pid} (work run --detach --parallel 2)`)

  process.kill(pid, 'SIGKILL')
  await until(() => !lives(pid))
  workspace.write('go', '')
  expect((await workspace.work('continue', '--skip')).code).toBe(0)
  expect(traces(workspace)).toEqual(['01.01.01', '01.01.02', '01.01.03'])
  expect(tasksOf(workspace).tasks.map(({ status }) => status)).toEqual([
    'completed',
    'completed',
    'completed',
  ])
})

test('what keeps a run in the background from starting is said by the command, and nothing is recorded', async () => {
  const workspace = await makeApproved(batchOf(1), nodeAgent(agent))
  workspace.write('work/agents.yaml', workspace.read('work/agents.yaml').replace('"default"', '"other"'))
  const { code, stderr, json } = await workspace.work('run', '--detach', '--json')
  expect(code).toBe(2)
  expect(stderr).toContain('Error: Agent "default" not found in work/agents.yaml.')
  expect(json()).toMatchObject({ error: { code: 'agent-not-found' } })
  expect(sessionsOf(workspace, '01.01.01')).toEqual([])
})

test('a run in the background ends at a stage that waits for approval, and its output is in a file', async () => {
  const workspace = await makeApproved(planText([[[['A']]], [[['B']]]]), nodeAgent(agent))
  workspace.write('go', '')
  const { json } = await workspace.work('run', '--detach', '--json')
  expect(json()).toMatchObject({ action: 'run', status: 'running', process: expect.any(Number) })
  const log = await until(() => {
    const text = readFileSync(workspace.stream.background, 'utf8')
    return text.includes('→ work approve stage 1') && text
  })
  expect(log).toContain('01.01.01 completed')
  expect(traces(workspace)).toEqual(['01.01.01'])
})

test('d on the board hands the run over: agents keep running, and what ended is not started again', async () => {
  const workspace = await makeApproved(planText([[[['A'], ['B'], ['C']], [['D']]]]), nodeAgent(agent))
  const terminal = openTerminal(workspace)
  terminal.work('run --parallel 2')
  await until(() => traces(workspace).length === 2 && terminal.screen().includes('d detach'))
  workspace.write('fail', '')
  await until(() => statusOf(workspace, '01.01.02') === 'failed' && traces(workspace).length === 3)
  terminal.press('d')
  await until(() => terminal.screen().includes('exit code 0'), terminal.screen)
  const pid = processIn(terminal.text())
  expect(lives(pid)).toBe(true)
  expect(terminal.isCursorShown()).toBe(true)
  workspace.write('go', '')
  await until(() => !lives(pid))
  expect(traces(workspace)).toEqual(['01.01.01', '01.01.02', '01.01.03'])
  expect(statusOf(workspace, '01.01.01')).toBe('completed')
  expect(statusOf(workspace, '01.01.03')).toBe('completed')
  expect(sessionsOf(workspace, '01.02.01'), 'the batch before it did not complete').toEqual([])
  expect(readFileSync(workspace.stream.background, 'utf8')).toContain('01.01.02')
})

test('the board shows a log, stops one thread, and keeps what is typed on it from the shell', async () => {
  const workspace = await makeApproved(batchOf(3), nodeAgent(agent))
  const terminal = openTerminal(workspace)
  const see = (text: string) =>
    until(
      () => terminal.screen().includes(text),
      () => `${text} in\n${terminal.screen()}`,
    )
  terminal.work('run --parallel 2')
  await see('d detach ·')
  await until(() => traces(workspace).length === 2)
  terminal.press('?')
  await see('the run continues in the background')
  terminal.press('Escape')
  terminal.press('l')
  await see('> ')
  terminal.press('Down')
  terminal.press('Enter')
  await see('Log of 01.01.02')
  await see('I am 01.01.02')
  terminal.press('Up')
  await see('I am 01.01.01')
  terminal.press('q')
  await see('d detach ·')
  terminal.press('x')
  await see('Enter stop it')
  terminal.press('Enter')
  await until(() => statusOf(workspace, '01.01.01') === 'interrupted')
  terminal.type('aaa bbb ccc')
  workspace.write('go', '')
  await see('exit code 1')
  terminal.type('echo after it')
  terminal.press('Enter')
  await see('\nafter it')
  expect(terminal.screen()).not.toContain('aaa')
})

test('work status --watch shows the board of a run in the background, and ends with it', async () => {
  const workspace = await makeApproved(batchOf(30), nodeAgent(agent))
  const pid = processIn(await succeed(workspace, 'run', '--detach', '--parallel', '2'))
  await until(() => traces(workspace).length === 2)
  const terminal = openTerminal(workspace)
  terminal.work('status --watch --exit-status')
  const see = (text: string) => until(() => terminal.screen().includes(text), terminal.screen)
  await see('I am 01.01.02')
  await see('Ctrl-C to leave; the run continues')
  expect(terminal.screen()).toMatch(/… and \d+ more \(\d+ waiting\)/)
  terminal.press('C-c')
  await see('exit code 130')
  expect(lives(pid)).toBe(true)
  terminal.type('clear')
  terminal.press('Enter')
  terminal.work('status --watch --exit-status')
  await see('Ctrl-C to leave')
  await succeed(workspace, 'stop')
  await see('exit code 1')
  expect(terminal.text()).toContain('2 threads were interrupted.')
})

test('Ctrl-C on the board stops the run, as without keys', async () => {
  const workspace = await makeApproved(batchOf(1), nodeAgent(agent))
  const terminal = openTerminal(workspace)
  terminal.work('run')
  await until(() => traces(workspace).length === 1 && terminal.screen().includes('d detach'))
  terminal.press('C-c')
  await until(() => terminal.screen().includes('exit code 130'), terminal.screen)
  expect(statusOf(workspace, '01.01.01')).toBe('interrupted')
})
