import { expect, it } from 'vitest'
import { type Terminal, confirm, select } from '../../src/ui/prompt.ts'
import { fakeTerminal } from './fake-terminal.ts'

const choices = [
  { value: 'resume', label: 'Resume the session' },
  { value: 'retry', label: 'Retry from the start', hint: 'a new session' },
] as const

it.each([
  ['y', true],
  ['n', false],
  ['\r', false],
])('confirm takes %j as %s', async (keys, expected) => {
  const terminal = fakeTerminal()
  const answer = confirm('Start 3 sessions?', terminal)
  await terminal.type(keys)
  expect(await answer).toBe(expected)
  expect(terminal.shown()).toContain('Start 3 sessions?')
})

it.each([
  ['\r', 'resume'],
  ['\u001B[B\r', 'retry'],
])('select takes %j as %s', async (keys, expected) => {
  const terminal = fakeTerminal()
  const answer = select('What now?', choices, terminal)
  await terminal.type(keys)
  expect(await answer).toBe(expected)
  expect(terminal.shown()).toContain('a new session')
})

it.each([
  ['Ctrl-C', '\u0003'],
  ['Escape', '\u001B'],
])('%s cancels with exit code 130', async (_, key) => {
  for (const ask of [confirm, (message: string, terminal: Terminal) => select(message, choices, terminal)]) {
    const terminal = fakeTerminal()
    const [answer] = await Promise.allSettled([ask('Go on?', terminal), terminal.type(key)])
    expect(answer).toMatchObject({ reason: { code: 'cancelled', exitCode: 130 } })
  }
})
