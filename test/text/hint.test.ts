import { expect, it } from 'vitest'
import { WorkError } from '../../src/errors.ts'
import { advice, commandsOf, hintOf, hintText, shell, withCommands, work } from '../../src/text/hint.ts'

it('a hint is text with commands in it, as data', () => {
  const hint = advice`${work('fix', '--thread', '01.01.02')} starts it again; see ${shell('git', 'log')}.`
  expect(hint.parts).toEqual([
    ['work', 'fix', '--thread', '01.01.02'],
    ' starts it again; see ',
    ['git', 'log'],
    '.',
  ])
  expect(hintText(hint)).toBe('work fix --thread 01.01.02 starts it again; see git log.')
})

it.each([
  ['Choose another name.', 'Choose another name.', []],
  [work('tree'), 'work tree', [['work', 'tree']]],
  [work('approve', 'stage', 2), 'work approve stage 2', [['work', 'approve', 'stage', '2']]],
  [work('add-task', '--name', '…'), 'work add-task --name "…"', [['work', 'add-task', '--name', '…']]],
  [advice`Then ${advice`soon ${work('run')}`} or 2`, 'Then soon work run or 2', [['work', 'run']]],
])('%j reads as %j and has the commands %j', (source, text, commands) => {
  expect(hintText(source)).toBe(text)
  expect(commandsOf(source)).toEqual(commands)
  expect(hintText(hintOf(source))).toBe(text)
})

it('the commands of a hint are changed without a look at its text', () => {
  const hint = advice`work run is not ${work('run')}`
  expect(hintText(withCommands(hint, (line) => [...line, '--wait']))).toBe('work run is not work run --wait')
})

it('an error has its hint as text and as data', () => {
  const error = new WorkError('No.', { code: 'no', hint: advice`${work('run')} runs the rest.` })
  expect(error.hint).toBe('work run runs the rest.')
  expect(error.commands).toEqual([['work', 'run']])
  const without = new WorkError('No.', { code: 'no' })
  expect([without.hint, without.commands]).toEqual([undefined, []])
})
