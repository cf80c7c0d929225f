import { expect, it } from 'vitest'
import { lastLines } from '../../src/runners/tail.ts'
import { oneLine, plainText, withTabs } from '../../src/text/sanitize.ts'

it.each([
  ['plain words', 'plain words'],
  ['two\nlines', 'two\nlines'],
  ['a\tb', 'a b'],
  ['dos\r\nline', 'dos\nline'],
  ['10%\r20%', '10%\n20%'],
  ['a\u2028b', 'a\nb'],
  ['\u001B[31mred\u001B[0m', 'red'],
  ['\u001B[38:2::255:0:0mred', 'red'],
  ['\u001B[?25lhidden', 'hidden'],
  ['\u001B[2 qcursor', 'cursor'],
  ['\u009B31mC1', 'C1'],
  ['\u001B]0;title\u0007after', 'after'],
  ['\u009D0;title\u009Cafter', 'after'],
  ['\u001B]8;;http://example.com\u001B\\link\u001B]8;;\u001B\\', 'link'],
  ['\u001B]52;c;aGVsbG8=\u0007clipboard', 'clipboard'],
  ['\u001BPq#0\u001B\\picture', 'picture'],
  ['\u001B_Gf=100\u001B\\picture', 'picture'],
  ['\u001B(Bcharset', 'charset'],
  ['\u001Bcreset', 'reset'],
  ['\u001B]unended', 'unended'],
  ['\u001B[\u001B[31m31mnested', '31mnested'],
  ['bell\u0007 back\bspace del\u007F', 'bell backspace del'],
  ['\u202Eoverride\u202C \u2066isolate\u2069 \u200Fmark', 'override isolate mark'],
  ['日本語 👩‍👩‍👧 é', '日本語 👩‍👩‍👧 é'],
])('plainText(%j) is %j', (text, expected) => {
  expect(plainText(text)).toBe(expected)
})

it.each(['\u001B]', '\u009D', '\u001B[1;', '\u009B', '\u001BP\u001B'])(
  'plainText takes a megabyte of %j in its stride',
  (part) => {
    // One that starts again at each part needs longer than a test may take.
    const plain = plainText(part.repeat(1_000_000 / part.length))
    expect(/\p{Cc}/u.test(plain)).toBe(false)
  },
)

it('withTabs keeps tabs, and nothing else that plainText removes', () => {
  expect(withTabs('all:\n\t\u001B[1mcc\u001B[0m \u202Emain\u2028\r')).toBe('all:\n\tcc main\n\n')
})

it('the last lines of output show no text in another order than it has', () => {
  expect(lastLines('one\u2028two \u202Eeerht\u202C\n\n', 2)).toEqual(['one', 'two eerht'])
})

it('oneLine joins lines and collapses white space', () => {
  expect(oneLine('  one\n\n two\t\u001B[1mthree\r\n')).toBe('one two three')
})
