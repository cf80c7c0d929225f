import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { TestWorkspace } from '../helpers/cli.ts'
import { until } from '../helpers/until.ts'
import { answer, untilAsked, untilShown } from '../helpers/dialog.ts'
import { factsOf, makeFailed, traceOf } from '../helpers/failed.ts'
import { sessionsOf, tasksOf } from '../helpers/scene.ts'
import { openTerminal } from '../helpers/terminal.ts'

/** 01.01.02 failed because its provider is rate-limited for so many seconds, 01.01.03 as before. */
async function makeLimited(seconds: number): Promise<TestWorkspace> {
  const workspace = await makeFailed()
  const file = tasksOf(workspace)
  const last = file.tasks.find(({ id }) => id === '01.01.02.01')?.sessions?.at(-1)
  if (last === undefined) throw new Error('01.01.02 has no session.')
  delete last.exitCode
  last.reason = 'rate-limit'
  last.retryAt = new Date(Date.now() + seconds * 1000).toISOString()
  workspace.write('work/001-demo/tasks.json', file)
  workspace.write('mended', '')
  return workspace
}

/** What docs/fix.md says that the terminal shows. */
function inDocs(): string {
  const note = '<!-- test: test/cli/continue-wait.test.ts -->\n\n```text\n'
  const [, block = ''] = readFileSync(new URL('../../docs/fix.md', import.meta.url), 'utf8').split(note)
  expect(block).toContain('```')
  return block.slice(0, block.indexOf('```'))
}

function timeless(text: string): string {
  return text.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d/g, '<date>').replaceAll(/\d+h \d+m/g, '<time>')
}

const aDay = 24 * 3600

describe('a thread whose provider is rate-limited', () => {
  test('is waited for with --wait, and then tried again', async () => {
    // Long enough for a slow machine to find it still waiting.
    const workspace = await makeLimited(12)
    const { code, stdout, stderr } = await workspace.work('continue', '--wait')
    expect(stderr).toContain('Waiting for the provider of 01.01.02 until ')
    expect(traceOf(workspace).slice(3)).toEqual([
      '01.01.02 #2 default local/one fresh',
      '01.02.01 #1 default local/one fresh',
    ])
    const [limited, next] = sessionsOf(workspace, '01.01.02')
    expect(Date.parse(next?.startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(String(limited?.retryAt)))
    expect(stdout).toContain('Found 2 incomplete threads from previous run')
    expect(code).toBe(1)
  })

  test('is retried without a question once that time has passed', async () => {
    const workspace = await makeLimited(-1)
    await workspace.work('continue', '--skip')
    expect(traceOf(workspace).slice(3)).toEqual([
      '01.01.02 #2 default local/one fresh',
      '01.02.01 #1 default local/one fresh',
    ])
  })

  test('is left out with --no-wait, and named', async () => {
    const workspace = await makeLimited(aDay)
    const { code, json } = await workspace.work('continue', '--skip', '--no-wait', '--json')
    expect(code).toBe(1)
    expect(json()).toMatchObject({ skipped: ['01.01.02', '01.01.03'], threads: [{ id: '01.02.01' }] })
    expect(traceOf(workspace)).toHaveLength(4)
  })

  test('is asked about: without a terminal the flags are named, and nothing is changed', async () => {
    const workspace = await makeLimited(aDay)
    const before = factsOf(workspace)
    const { code, stderr } = await workspace.work('continue', '--skip')
    expect(code).toBe(2)
    expect(stderr).toMatch(/The provider of 01\.01\.02 is rate-limited until \d{4}-\d\d-\d\d \d\d:\d\d\./)
    expect(stderr).toContain('--wait')
    expect(stderr).toContain('--no-wait')
    expect(factsOf(workspace)).toEqual(before)
  })

  test('is held by work multi, with all that comes after it', async () => {
    const workspace = await makeLimited(aDay)
    const retryAt = sessionsOf(workspace, '01.01.02')[0]?.retryAt
    const { code, json } = await workspace.work('multi', '--continue', '--json')
    expect(code).toBe(1)
    expect(json()).toMatchObject({
      status: 'failed',
      held: [{ id: '01.01.02', retryAt }],
      threads: [{ id: '01.01.03', status: 'completed' }],
    })
    const again = await workspace.work('multi', '--continue')
    expect(again.code).toBe(1)
    expect(again.stdout).toContain(
      'Thread 01.01.02 "Thread 02" is on hold: its provider is rate-limited until',
    )
    expect(again.stdout).toContain('→ work run --wait ')
    expect(traceOf(workspace)).toHaveLength(4)
  })

  test('can be fixed by another agent in the meantime', async () => {
    const workspace = await makeLimited(aDay)
    const { code } = await workspace.work('fix', '--thread', '01.01.02', '--agent', 'reviewer', '--yes')
    expect(code).toBe(0)
  })
})

describe('on a terminal', () => {
  test('the time that is left is counted down, and Ctrl-C stops that', async () => {
    const workspace = await makeLimited(aDay)
    const before = factsOf(workspace)
    const terminal = openTerminal(workspace, { rows: 50 })
    await answer(terminal, 'continue', [['How do you want to continue?', 'Enter']])
    await untilAsked(terminal, 'The provider of 01.01.02 is rate-limited until')
    terminal.press('Enter')
    await untilShown(terminal, 'left. Ctrl-C to stop.')
    const first = terminal.screen()
    expect(first).toMatch(/23h \d+m.* left\. Ctrl-C to stop\./)
    expect(timeless(first)).toContain(timeless(inDocs()))
    terminal.press('C-c')
    await untilShown(terminal, '\nexit code 130')
    expect(terminal.screen()).toContain('Cancelled: nothing was started.')
    expect(terminal.isCursorShown()).toBe(true)
    expect(factsOf(workspace)).toEqual(before)
  })

  test('whether to wait is asked: Escape leads back, Ctrl-C away, and it can be left out', async () => {
    const workspace = await makeLimited(aDay)
    const before = factsOf(workspace)
    const question = 'The provider of 01.01.02 is rate-limited until'
    const terminal = openTerminal(workspace, { rows: 60 })
    await answer(terminal, 'continue', [
      ['How do you want to continue?', 'Enter'],
      [question, 'Escape'],
      ['How do you want to continue?', 'Enter'],
      [question, 'C-c'],
    ])
    await untilShown(terminal, '\nCancelled: nothing was started.\nexit code 130\n')
    expect(factsOf(workspace)).toEqual(before)
    await answer(terminal, 'continue', [
      ['How do you want to continue?', 'Enter'],
      [question, 'Down', 'Enter'],
      ['Approve stage 01 with 2 unfinished threads and continue?', 'Enter'],
    ])
    await untilShown(terminal, '\nexit code 1')
    expect(terminal.screen()).toContain('Not retried: 01.01.02, 01.01.03')
    expect(traceOf(workspace).slice(3)).toEqual(['01.02.01 #1 default local/one fresh'])
  })

  test('the run continues by itself after the countdown', async () => {
    const workspace = await makeLimited(5)
    const terminal = openTerminal(workspace, { rows: 50 })
    await answer(terminal, 'continue --wait', [])
    const secondsLeft = () => /(\d)s left\./.exec(terminal.screen())?.[1]
    await until(secondsLeft)
    const first = secondsLeft()
    await until(() => secondsLeft() !== first)
    await untilAsked(terminal, 'Approve stage 01 with 1 unfinished thread and continue?')
    terminal.press('Enter')
    await untilShown(terminal, '\nexit code 1')
    expect(traceOf(workspace).at(-2)).toBe('01.01.02 #2 default local/one fresh')
  })
})
