import { expect, test } from 'vitest'
import { answer, untilAsked, untilShown, type Step } from '../helpers/dialog.ts'
import { makeWorkspace } from '../helpers/cli.ts'
import { until } from '../helpers/until.ts'
import { factsOf, makeFailed, traceOf } from '../helpers/failed.ts'
import { makeApproved, nodeAgent, sessionsOf } from '../helpers/scene.ts'
import { openTerminal } from '../helpers/terminal.ts'
import { session, task } from '../builders/records.ts'
import { batchOf } from '../builders/plan.ts'

const thread: Step = ['Which thread?', 'Enter']
const note: Step = ['A note for the agent?', 'Take port 0.', 'Enter']
const start: Step = ['Start?', 'Enter']

test('each fix can be chosen with keys, thread by thread, until nothing is left to fix', async () => {
  const workspace = await makeFailed()
  const terminal = openTerminal(workspace, { rows: 100 })

  await answer(terminal, 'fix', [thread, ['What do you want to do?', 'Enter'], note, start])
  await untilAsked(terminal, 'Which thread?')
  expect(terminal.screen()).toMatch(/✗ 01\.01\.02 +failed: exit code 3 +#2 +default +Error: port 3000/)
  expect(traceOf(workspace).at(-1)).toBe('01.01.02 #2 default local/one resumed')

  workspace.write('mended', '')
  const steps: Step[] = [thread, ['What do you want to do?', 'Down', 'Enter'], note, start]
  terminal.press('C-c')
  await untilShown(terminal, 'exit code 130')
  await answer(terminal, 'fix', steps)
  // One thread is left, so which one is not asked.
  await untilShown(terminal, '\n01.01.03 Thread 03: ')
  expect(terminal.screen()).toMatch(/#2 +✗ failed: exit code 3/)
  expect(traceOf(workspace).at(-1)).toBe('01.01.02 #3 default local/one fresh')
  expect(workspace.read('prompt-01.01.02-3')).toContain('Take port 0.')

  await untilAsked(terminal, 'What do you want to do?')
  expect(terminal.screen()).toContain('What helps: See its last output, fix the cause, then resume or retry.')
  for (const key of ['Down', 'Down', 'Enter']) terminal.press(key)
  await untilAsked(terminal, 'Which agent?')
  expect(terminal.screen()).toContain('reviewer · Looks twice.')
  expect(terminal.screen()).not.toMatch(/^.. default ·/m)
  terminal.press('Enter')
  await untilAsked(terminal, 'A note for the agent?')
  terminal.press('Enter')
  await untilAsked(terminal, 'Start?')
  expect(terminal.screen()).toMatch(/01\.01\.03 +Thread 03 +swap #2 +reviewer/)
  terminal.press('Enter')
  await untilShown(terminal, 'exit code 0')
  expect(traceOf(workspace).at(-1)).toBe('01.01.03 #2 reviewer  fresh')
  expect(sessionsOf(workspace, '01.01.02').map(({ status }) => status)).toEqual([
    'failed',
    'failed',
    'completed',
  ])
})

test('for all threads at once only the last attempt is shown, on a line each', async () => {
  const workspace = await makeFailed()
  await workspace.work('fix', '--all-failed', '--retry', '--yes')
  const terminal = openTerminal(workspace, { rows: 24 })
  await answer(terminal, 'fix', [['Which thread?', 'Up', 'Enter']])
  await untilAsked(terminal, 'What do you want to do?')
  const [, shown = ''] = terminal.screen().split('All 2\n')
  expect(shown.split('\n').slice(0, 10)).toEqual([
    '',
    expect.stringMatching(/^Thread +Result +Attempt +Agent +Last output$/),
    expect.stringMatching(/^✗ 01\.01\.02 +failed: exit code 3 +#2 +default +Error: port 3000 is taken$/),
    expect.stringMatching(/^✗ 01\.01\.03 +failed: exit code 3 +#2 +default +Error: port 3000 is taken$/),
    '',
    'Logs: work/001-demo/logs/<thread>/<attempt>.log',
    'All attempts: work status --sessions',
    'What helps: See its last output, fix the cause, then resume or retry.',
    '',
    expect.stringContaining('? What do you want to do?'),
  ])
  terminal.press('C-c')
  await untilShown(terminal, 'exit code 130')
})

test('a new stage is named, described, and added', async () => {
  const workspace = await makeFailed()
  const terminal = openTerminal(workspace, { rows: 60 })
  await answer(terminal, 'fix', [
    thread,
    ['What do you want to do?', 'Down', 'Down', 'Down', 'Enter'],
    ['Name of the fix, in a few words', 'Enter'],
  ])
  await untilShown(terminal, 'The name is empty.')
  terminal.type('Free the port')
  terminal.press('Enter')
  await untilAsked(terminal, 'Describe the problem')
  terminal.type('It is taken.')
  terminal.press('Enter')
  await untilAsked(terminal, 'Add it?')
  expect(terminal.screen()).toContain('this adds a stage at the end of PLAN.md to fix stage 01: Fix - Free')
  expect(workspace.read('work/001-demo/PLAN.md')).not.toContain('Free the port')
  terminal.press('Enter')
  await untilAsked(terminal, 'Which thread?')
  expect(terminal.screen()).toContain('work approve revision')
  expect(workspace.read('work/001-demo/PLAN.md')).toMatch(/Fix - Free the port[^]*It is taken\./)
  terminal.press('Escape')
  await untilShown(terminal, 'exit code 0')
})

const questions: { question: string; args: string; steps: Step[] }[] = [
  { question: 'Which thread?', args: 'fix', steps: [] },
  { question: 'What do you want to do?', args: 'fix --thread 01.01.02', steps: [] },
  {
    question: 'Which agent?',
    args: 'fix --thread 01.01.02',
    steps: [['What do you want to do?', 'Down', 'Down', 'Enter']],
  },
  { question: 'Which stage does this fix?', args: 'fix --new-stage', steps: [] },
  { question: 'Name of the fix, in a few words', args: 'fix --new-stage --thread 01.01.02', steps: [] },
  {
    question: 'Describe the problem',
    args: 'fix --new-stage --stage 1',
    steps: [['Name of the fix, in a few words', 'Ports', 'Enter']],
  },
  { question: 'A note for the agent?', args: 'fix --thread 01.01.02 --retry', steps: [] },
  { question: 'Start?', args: 'fix --all-failed --resume', steps: [note] },
  { question: 'Add it?', args: 'fix --new-stage --stage 1 --name Ports --description Taken', steps: [] },
]

test('Ctrl-C at each question changes nothing, and restores the terminal', async () => {
  const workspace = await makeFailed()
  const before = factsOf(workspace)
  const terminal = openTerminal(workspace, { rows: 60 })
  for (const { question, args, steps } of questions) {
    await answer(terminal, args, [...steps, [question, 'C-c']])
    await untilShown(terminal, '\nCancelled: nothing was changed.\nexit code 130')
    expect(terminal.isCursorShown()).toBe(true)
  }
  expect(factsOf(workspace)).toEqual(before)
})

test('Ctrl-Z suspends work fix at a question, and fg continues there', async () => {
  const workspace = await makeFailed()
  const before = factsOf(workspace)
  const terminal = openTerminal(workspace, { rows: 60 })
  await answer(terminal, 'fix', [['Which thread?']])
  terminal.press('C-z')
  await untilShown(terminal, 'exit code 148')
  terminal.type('fg')
  terminal.press('Enter')
  await until(() => /fg[^]*\n\? Which thread\? …\n▸ 01\.01\.02/.test(terminal.screen()))
  terminal.press('Down')
  await untilShown(terminal, '▸ 01.01.03')
  terminal.press('C-c')
  await untilShown(terminal, '\nCancelled: nothing was changed.\n')
  expect(factsOf(workspace)).toEqual(before)
})

test('Escape goes back one question, and leaves at the first one', async () => {
  const workspace = await makeFailed()
  const before = factsOf(workspace)
  const terminal = openTerminal(workspace, { rows: 100 })
  await answer(terminal, 'fix', [
    thread,
    ['What do you want to do?', 'Down', 'Down', 'Enter'],
    ['Which agent?', 'Enter'],
    ['A note for the agent?', 'Enter'],
    ['Start?', 'n'],
    ['A note for the agent?', 'Escape'],
    ['Which agent?', 'Escape'],
    ['What do you want to do?', 'Down', 'Down', 'Down', 'Enter'],
    ['Name of the fix, in a few words', 'Ports', 'Enter'],
    ['Describe the problem', 'Escape'],
    ['Name of the fix, in a few words', 'Escape'],
    ['What do you want to do?', 'Escape'],
    ['Which thread?', 'Escape'],
  ])
  await untilShown(terminal, 'exit code 130')
  expect(terminal.screen()).toContain('\nCancelled: nothing was changed.\n')
  expect(factsOf(workspace)).toEqual(before)
})

test('Ctrl-C during a fix stops the session, and nothing more is asked', async () => {
  const workspace = await makeFailed()
  workspace.write('hold', '')
  const terminal = openTerminal(workspace, { rows: 60 })
  await answer(terminal, 'fix', [thread, ['What do you want to do?', 'Enter'], note, start])
  await untilShown(terminal, 'asking for the port')
  await until(() => traceOf(workspace).at(-1)?.startsWith('01.01.02 #2'))
  terminal.press('C-c')
  await untilShown(terminal, 'exit code 130')
  expect(terminal.screen()).toMatch(/■ 01\.01\.02 +interrupted: stopped by you/)
  expect(terminal.isCursorShown()).toBe(true)
  expect(sessionsOf(workspace, '01.01.02').at(-1)).toMatchObject({ status: 'interrupted', reason: 'user' })
})

test('a thread that another process starts in the meantime is not run twice, and can be skipped', async () => {
  const workspace = await makeFailed()
  workspace.write('hold', '')
  const terminal = openTerminal(workspace, { rows: 60 })
  await answer(terminal, 'fix', [thread, ['What do you want to do?', 'Enter'], note])
  await untilAsked(terminal, 'Start?')
  const other = workspace.start(['fix', '--thread', '01.01.02', '--retry', '--yes'])
  await until(() => traceOf(workspace).at(-1)?.startsWith('01.01.02 #2'))
  terminal.press('Enter')
  await untilShown(terminal, '\nError: Thread 01.01.02 is being run by process')
  const screen = terminal.screen().replaceAll(/\s+/g, ' ')
  expect(screen).toContain(`Error: Thread 01.01.02 is being run by process ${other.pid} (work fix`)
  await untilAsked(terminal, 'What do you want to do?')
  for (const key of ['Up', 'Enter']) terminal.press(key)
  await untilShown(terminal, '\n01.01.03 Thread 03: ')
  other.kill('SIGINT')
  await other.ended
  expect(traceOf(workspace)).toHaveLength(4)
})

test('on a terminal that can not move its cursor work fix asks nothing', async () => {
  const workspace = await makeFailed()
  const terminal = openTerminal(workspace)
  terminal.type('export TERM=dumb')
  terminal.press('Enter')
  terminal.work('fix')
  await untilShown(terminal, '\nexit code 2')
  expect(terminal.screen()).toContain('-> work fix --thread <id> --retry, or --all-failed')
})

test('the threads are shown in the table of the plan that the project grew from', async () => {
  const failed = { status: 'failed', reason: 'exit', exitCode: 1, agentName: 'backend-expert' } as const
  const open = { status: 'failed', reason: 'incomplete', agentName: 'frontend-dev' } as const
  const workspace = makeWorkspace([
    task({ id: '01.01.01.01', status: 'completed', sessions: [session({ agentName: 'backend-expert' })] }),
    task({ id: '01.01.02.01', sessions: [session(failed), session({ ...failed, attempt: 2 })] }),
    task({ id: '01.02.01.01', sessions: [session(open)] }),
  ])
  const { stdout } = await workspace.work('fix')
  const columns = stdout.split('\n').map((line) => line.slice(0, 52).trimEnd())
  expect(columns.slice(1, 5)).toEqual([
    'Thread          Status      Sessions  Last Agent',
    '01.01.01        completed   1         backend-expert',
    '01.01.02        failed      2         backend-expert',
    '01.02.01        incomplete  1         frontend-dev',
  ])
  const terminal = openTerminal(workspace)
  await answer(terminal, 'fix', [['Which thread?', 'C-c']])
  await untilShown(terminal, 'exit code 130')
  expect(terminal.screen()).toMatch(
    /^01\.01\.02 {2}failed {6}2 {9}backend-expert {2}Thread 01\.01\.02 +exit code 1/m,
  )
})

test('what helps is shown to its last word on a narrow terminal', async () => {
  const workspace = await makeApproved(batchOf(1), nodeAgent('console.log("done")', { done_when: 'tasks' }))
  expect((await workspace.work('run')).code).toBe(1)
  const terminal = openTerminal(workspace, { columns: 60, rows: 40 })
  await answer(terminal, 'fix', [['What do you want to do?', 'C-c']])
  await untilShown(terminal, 'exit code 130')
  expect(terminal.screen().replaceAll(/\s+/g, ' ')).toContain('Its reports: work review 01.01.01')
})
