import { expect, test } from 'vitest'
import { until } from '../helpers/until.ts'
import { answer, untilAsked, untilShown, type Step } from '../helpers/dialog.ts'
import { factsOf, makeFailed, traceOf } from '../helpers/failed.ts'
import { sessionsOf } from '../helpers/scene.ts'
import { openTerminal, type TestTerminal } from '../helpers/terminal.ts'

const how = 'How do you want to continue?'
const whatToDo = 'What do you want to do?'
const note: Step = ['A note for the agent?', 'Enter']

test('work continue shows what is unfinished, and Enter continues without it', async () => {
  const workspace = await makeFailed()
  workspace.write('mended', '')
  const terminal = openTerminal(workspace, { rows: 60 })
  await answer(terminal, 'continue', [])
  await untilAsked(terminal, how)
  const screen = terminal.screen()
  expect(screen).toContain('Found 2 incomplete threads from previous run')
  expect(screen).toMatch(/^01\.01\.02 +failed +1 +default +Thread 02 +exit code 3 +\S.*$/m)
  expect(screen).toMatch(/Continue \(skip failed\) · run the rest; 2 failed threads are left alone/)
  expect(screen).toMatch(/Fix first · decide thread by thread, run the fixes together, then the rest/)
  expect(screen).toMatch(/Abort · change nothing/)
  terminal.press('Enter')
  await untilAsked(terminal, 'Approve stage 01 with 2 unfinished threads and continue?')
  terminal.press('Enter')
  await untilShown(terminal, '\nexit code 1')
  expect(terminal.screen()).toContain('Not retried: 01.01.02, 01.01.03')
  expect(traceOf(workspace).slice(3)).toEqual(['01.02.01 #1 default local/one fresh'])
})

test('work continue asks how to fix each thread, runs the fixes together, and then the rest', async () => {
  const workspace = await makeFailed()
  workspace.write('mended', '')
  const terminal = openTerminal(workspace, { rows: 100 })
  await answer(terminal, 'continue', [[how, 'Down', 'Enter'], [whatToDo, 'Down', 'Enter'], note])
  await resumeNext(terminal)
  await untilAsked(terminal, 'Approve stage 01 and continue?')
  terminal.press('Enter')
  await untilShown(terminal, '\nexit code 0')
  expect(traceOf(workspace).slice(3).toSorted()).toEqual([
    '01.01.02 #2 default local/one fresh',
    '01.01.03 #2 default local/one resumed',
    '01.02.01 #1 default local/one fresh',
  ])
})

test('a thread that is skipped is left as it is, and asked about again', async () => {
  const workspace = await makeFailed()
  workspace.write('mended', '')
  const terminal = openTerminal(workspace, { rows: 100 })
  await answer(terminal, 'continue', [
    [how, 'Down', 'Enter'],
    [whatToDo, 'Up', 'Enter'],
  ])
  await resumeNext(terminal)
  await untilAsked(terminal, how)
  expect(terminal.screen()).toContain('Found 1 incomplete thread from previous run')
  terminal.press('Escape')
  await untilShown(terminal, '\nexit code 130')
  expect(sessionsOf(workspace, '01.01.02')).toHaveLength(1)
  expect(traceOf(workspace).slice(3)).toEqual(['01.01.03 #2 default local/one resumed'])
})

test('with --fix it starts nothing when every thread is skipped', async () => {
  const workspace = await makeFailed()
  const before = factsOf(workspace)
  const terminal = openTerminal(workspace, { rows: 60 })
  await answer(terminal, 'continue --fix', [[whatToDo, 'Up', 'Enter']])
  await untilShown(terminal, '\n01.01.03 Thread 03: ')
  await untilAsked(terminal, whatToDo)
  terminal.press('Up')
  await untilShown(terminal, '▸ Skip')
  terminal.press('Enter')
  await untilShown(terminal, '\nexit code 1\n')
  expect(terminal.screen()).toContain('\nNot every thread completed, so the rest was not started.\n')
  expect(factsOf(workspace)).toEqual(before)
})

test('Ctrl-C at each question, Escape and Abort start nothing', async () => {
  const workspace = await makeFailed()
  const before = factsOf(workspace)
  const terminal = openTerminal(workspace, { rows: 60 })
  const fixFirst: Step = [how, 'Down', 'Enter']
  const ways: { steps: Step[]; says: string }[] = [
    { steps: [[how, 'C-c']], says: 'Cancelled: nothing was started.' },
    { steps: [[how, 'Escape']], says: 'Aborted: nothing was started.' },
    { steps: [[how, 'Down', 'Down', 'Enter']], says: 'Aborted: nothing was started.' },
    { steps: [fixFirst, [whatToDo, 'C-c']], says: 'Cancelled: nothing was started.' },
    {
      steps: [fixFirst, [whatToDo, 'Enter'], [note[0], 'C-c']],
      says: 'Cancelled: nothing was started.',
    },
    {
      steps: [fixFirst, [whatToDo, 'Enter'], note, [whatToDo, 'Enter'], note, ['Start?', 'C-c']],
      says: 'Cancelled: nothing was started.',
    },
    {
      steps: [fixFirst, [whatToDo, 'Escape'], [how, 'Escape']],
      says: 'Aborted: nothing was started.',
    },
  ]
  for (const { steps, says } of ways) {
    await answer(terminal, 'continue', steps)
    await untilShown(terminal, `\n${says}\nexit code 130`)
    expect(terminal.isCursorShown()).toBe(true)
  }
  expect(factsOf(workspace)).toEqual(before)
})

test('Ctrl-C while a fix runs stops it, and starts nothing more', async () => {
  const workspace = await makeFailed()
  workspace.write('hold', '')
  const terminal = openTerminal(workspace, { rows: 60 })
  const skip: Step = [whatToDo, 'Up', 'Enter']
  const steps: Step[] = [[how, 'Down', 'Enter'], [whatToDo, 'Enter'], note, skip, ['Start?', 'Enter']]
  await answer(terminal, 'continue', steps)
  await until(() => traceOf(workspace).at(-1)?.startsWith('01.01.02 #2'))
  await untilShown(terminal, 'asking for the port')
  terminal.press('C-c')
  await untilShown(terminal, '\nexit code 130')
  expect(sessionsOf(workspace, '01.01.02').at(-1)).toMatchObject({ status: 'interrupted', reason: 'user' })
  expect(traceOf(workspace)).toHaveLength(4)
})

/** Takes what is offered first for the thread that comes after the one that was fixed, or left. */
async function resumeNext(terminal: TestTerminal): Promise<void> {
  await untilShown(terminal, '\n01.01.03 Thread 03: ')
  await untilAsked(terminal, whatToDo)
  terminal.press('Enter')
  await untilAsked(terminal, note[0])
  terminal.press('Enter')
  await untilAsked(terminal, 'Start?')
  terminal.press('Enter')
}
