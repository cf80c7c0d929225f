import { expect, it } from 'vitest'
import { fit, pad, textWidth, wrapLine } from '../../src/ui/width.ts'

it.each([
  ['', 0],
  ['abc', 3],
  ['│ ● ✓ … █', 9],
  ['日本語', 6],
  ['ｱ！', 3],
  ['각한', 4],
  ['e\u0301', 1],
  ['👩‍👩‍👧', 2],
  ['🇩🇪', 2],
  ['1️⃣', 2],
  ['❤️', 2],
  ['❤', 1],
  ['👍🏽', 2],
  ['𠮷', 2],
  ['a\u200Bb', 2],
])('textWidth(%j) is %i', (text, width) => {
  expect(textWidth(text)).toBe(width)
})

it.each([
  ['short', 10, 'short'],
  ['exactly ten', 11, 'exactly ten'],
  ['one letter over', 14, 'one letter ov…'],
  ['no space before', 4, 'no…'],
  ['abc', 1, '…'],
  ['abc', 0, ''],
  ['日本語', 6, '日本語'],
  ['日本語', 5, '日本…'],
  ['日本語', 4, '日…'],
  ['e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
  ['👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧', 5, '👩‍👩‍👧👩‍👩‍👧…'],
  ['𠮷𠮷𠮷', 4, '𠮷…'],
  ['line\n\u001B[31mfeed', 20, 'line feed'],
])('fit(%j, %i) is %j', (text, width, expected) => {
  expect(fit(text, width)).toBe(expected)
})

it('fit cuts with another ellipsis where the terminal has no …', () => {
  expect(fit('one letter over', 10, '...')).toBe('one let...')
})

it.each([
  ['ab', 4, 'left', 'ab  '],
  ['ab', 4, 'right', '  ab'],
  ['日', 4, 'left', '日  '],
  ['abcde', 4, 'right', 'abcde'],
] as const)('pad(%j, %i, %s) is %j', (text, width, align, expected) => {
  expect(pad(text, width, align)).toBe(expected)
})

it.each([
  ['fits', 10, ['fits']],
  ['', 4, ['']],
  ['one two three', 13, ['one two three']],
  ['one two three', 12, ['one two', '  three']],
  ['  one two three', 9, ['  one two', '    three']],
  ['a  b    cc', 7, ['a  b', '   cc']],
  ['ok  日本  of 20 or later', 20, ['ok  日本  of 20 or', '          later']],
  ['\u001B[31mok\u001B[39m  of 20 or later', 12, ['\u001B[31mok\u001B[39m  of 20 or', '    later']],
  ['a very long label  with text', 24, ['a very long label  with', '  text']],
  ['see /a/very/long/path now', 10, ['see', '  /a/very/long/path', '  now']],
  ['日本 日本 日本', 9, ['日本 日本', '  日本']],
  ['\u001B[31mred\u001B[39m and so on', 10, ['\u001B[31mred\u001B[39m and so', '  on']],
  ['  → Answer each and tick its box', 20, ['  → Answer each and', '    tick its box']],
  ['agents are at work on it', 12, ['agents are', '  at work on', '  it']],
])('wrapLine(%j, %i) is %j', (line, width, expected) => {
  expect(wrapLine(line, width)).toEqual(expected)
})

it.each([
  ['  → work tasks derive', 12, ['work tasks derive'], ['  → work tasks derive']],
  ['-> work tree', 4, ['work tree'], ['-> work tree']],
  [
    '  → work fix --retry --note "a b" opens it again',
    20,
    ['work fix --retry --note "a b"'],
    ['  → work fix --retry --note "a b"', '    opens it again'],
  ],
  [
    '  → work approve plan, then work approve tasks',
    20,
    ['work approve plan', 'work approve tasks'],
    ['  → work approve plan,', '    then', '    work approve tasks'],
  ],
  [
    '  → work multi --batch 01.01, or --force to run it',
    32,
    ['work multi --batch 01.01'],
    ['  → work multi --batch 01.01, or', '    --force to run it'],
  ],
  [
    '  → work status --stream 001-demo   tells what is next',
    40,
    ['work status --stream 001-demo'],
    ['  → work status --stream 001-demo', '    tells what is next'],
  ],
  [
    'Wait for them (work fix -y), or rm a (b)*',
    12,
    ['work fix -y', 'rm a (b)*'],
    ['Wait for', '  them', '  (work fix -y),', '  or', '  rm a (b)*'],
  ],
])('wrapLine(%j, %i, %j) is %j', (line, width, commands, expected) => {
  expect(wrapLine(line, width, commands)).toEqual(expected)
})
