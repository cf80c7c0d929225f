import { stripVTControlCharacters } from 'node:util'
import { expect, it } from 'vitest'
import { type Terminal, askChoice, askText, askYes, confirm } from '../../src/ui/prompt.ts'
import { fakeTerminal } from './fake-terminal.ts'
import { countListeners } from './listeners.ts'

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
  expect(terminal.shown()).toMatch(expected ? /Start 3 sessions\?.*yes/ : /Start 3 sessions\?.*no/)
})

it.each([
  ['\r', { type: 'chosen', value: true }],
  ['y', { type: 'chosen', value: true }],
  ['n', { type: 'back' }],
])('askYes takes %j as %j', async (keys, expected) => {
  const terminal = fakeTerminal()
  const answer = askYes('Start it?', terminal)
  await terminal.type(keys)
  expect(await answer).toEqual(expected)
})

it.each([
  ['\r', 'resume'],
  ['\u001B[B\r', 'retry'],
  ['\u001B[F\r', 'retry'],
  ['\u001B[F\u001B[H\r', 'resume'],
])('askChoice takes %j as %s', async (keys, expected) => {
  const terminal = fakeTerminal()
  const answer = askChoice('What now?', choices, terminal)
  await terminal.type(keys)
  expect(await answer).toEqual({ type: 'chosen', value: expected })
  expect(terminal.shown()).toContain('a new session')
  expect(terminal.shown()).toMatch(expected === 'retry' ? /What now\?.*Retry from/ : /What now\?.*Resume the/)
})

it('askChoice keeps each choice on one line, and shows as many as the terminal has room for', async () => {
  const many = Array.from({ length: 40 }, (_, index) => ({
    value: String(index),
    label: `${index} ${'of many with a long name '.repeat(4)}`,
    hint: 'and a hint',
  }))
  const terminal = fakeTerminal()
  const answer = askChoice('Which?', many, terminal)
  await terminal.waitFor('40 choices')
  const lines = stripVTControlCharacters(terminal.shown()).split('\n')
  expect(lines.length).toBeLessThan(24)
  expect(lines.every((line) => line.length < 80)).toBe(true)
  await terminal.type(`${'\u001B[B'.repeat(30)}\r`)
  expect(await answer).toEqual({ type: 'chosen', value: '30' })
})

it('askText takes a line, and says why another is refused', async () => {
  const terminal = fakeTerminal()
  const answer = askText('What is to be fixed?', needsName, terminal)
  await terminal.type('\r')
  await terminal.waitFor('It needs a name.')
  await terminal.type('the login\r')
  expect(await answer).toEqual({ type: 'chosen', value: 'the login' })
})

const questions: [string, (terminal: Terminal) => Promise<unknown>][] = [
  ['askChoice', (terminal) => askChoice('Go on?', choices, terminal)],
  ['askText', (terminal) => askText('Go on?', undefined, terminal)],
  ['askYes', (terminal) => askYes('Go on?', terminal)],
]

it.each(questions)('%s goes back on Escape, and away on Ctrl-C and Ctrl-D', async (_, ask) => {
  for (const [key, type] of [
    ['\u001B', 'back'],
    ['\u0003', 'cancel'],
    ['\u0004', 'cancel'],
  ] as const) {
    const terminal = fakeTerminal()
    const [answer] = await Promise.all([ask(terminal), terminal.type(key)])
    expect(answer).toEqual({ type })
    // What nobody has answered does not look answered.
    expect(stripVTControlCharacters(terminal.shown()).trimEnd()).toMatch(/✖ Go on\?$/)
  }
})

it.each([
  ['Ctrl-C', '\u0003'],
  ['Escape', '\u001B'],
])('confirm is cancelled by %s with exit code 130', async (_, key) => {
  const terminal = fakeTerminal()
  const [answer] = await Promise.allSettled([confirm('Go on?', terminal), terminal.type(key)])
  expect(answer).toMatchObject({ reason: { code: 'cancelled', exitCode: 130 } })
})

function needsName(text: string): string | null {
  return text === '' ? 'It needs a name.' : null
}

it('15 questions in a row leave no listeners', async () => {
  const terminal = fakeTerminal()
  const counts: number[][] = []
  for (let asked = 0; asked < 15; asked += 1) {
    const answer = askChoice(`Question ${asked}`, choices, terminal)
    await terminal.waitFor(`Question ${asked}`)
    await terminal.type('\r')
    await answer
    counts.push([process, terminal.stdin, terminal.stdout].map(countListeners))
  }
  // Node keeps one listener for keys on an input that was ever read from.
  expect(counts.at(-1)).toEqual(counts[0])
})
