import { expect, it } from 'vitest'
import { taskStatuses, threadStatuses } from '../../machines/statuses.ts'
import {
  createStyle,
  detectStyle,
  statusGlyph,
  statusIcon,
  statusPaint,
  statusWord,
} from '../../src/ui/style.ts'

const utf8 = { TERM: 'xterm-256color', LANG: 'en_US.UTF-8' }
const tty = { isTTY: true }
const pipe = {}

it.each([
  ['a terminal', tty, utf8, true],
  ['a pipe', pipe, utf8, false],
  ['a dumb terminal', tty, { ...utf8, TERM: 'dumb' }, false],
  ['NO_COLOR', tty, { ...utf8, NO_COLOR: '1' }, false],
  ['an empty NO_COLOR', tty, { ...utf8, NO_COLOR: '' }, true],
  ['FORCE_COLOR in a pipe', pipe, { ...utf8, FORCE_COLOR: '1' }, true],
  ['an empty FORCE_COLOR', tty, { ...utf8, FORCE_COLOR: '' }, true],
  ['FORCE_COLOR=0', tty, { ...utf8, FORCE_COLOR: '0' }, false],
  ['NO_COLOR and FORCE_COLOR', tty, { ...utf8, NO_COLOR: '1', FORCE_COLOR: '1' }, false],
] as const)('with %s colour is as expected', (_, stream, env, colored) => {
  expect(detectStyle(stream, env).colors.isColorSupported).toBe(colored)
})

it.each([
  [utf8, '✓'],
  [{ LANG: 'de_DE.utf8' }, '✓'],
  [{ LANG: 'en_US.UTF-8', LC_ALL: 'C' }, '+'],
  [{ LANG: 'C', LC_CTYPE: 'C.UTF-8' }, '✓'],
  [{ LANG: 'en_US.UTF-8', TERM: 'dumb' }, '+'],
  [{}, '+'],
])('with %j a completed thread is shown as %s', (env, glyph) => {
  expect(statusGlyph(detectStyle(tty, env), 'completed')).toBe(glyph)
})

it.each([
  ['pending', '[ ]'],
  ['in_progress', '[~]'],
  ['completed', '[x]'],
  ['blocked', '[!]'],
  ['cancelled', '[-]'],
] as const)('a task that is %s has the icon %s', (status, icon) => {
  expect(statusIcon(status)).toBe(icon)
})

it.each([true, false])('every thread status has a glyph of its own (unicode: %s)', (unicode) => {
  const style = createStyle({ color: false, unicode })
  const shown = [...threadStatuses, 'incomplete'] as const
  expect(new Set(shown.map((status) => statusGlyph(style, status))).size).toBe(shown.length)
})

it('every status has a word without underscores', () => {
  expect([...taskStatuses, ...threadStatuses].map(statusWord).join(' ')).not.toContain('_')
  expect(statusWord('in_progress')).toBe('in progress')
})

it('colours are put on only when asked for', () => {
  expect(statusPaint(createStyle({ color: true, unicode: true }), 'failed')('x')).toBe(
    '\u001B[31mx\u001B[39m',
  )
  expect(statusPaint(createStyle({ color: false, unicode: true }), 'failed')('x')).toBe('x')
})
