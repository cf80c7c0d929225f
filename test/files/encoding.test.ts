import { expect, test } from 'vitest'
import { decodeText } from '../../src/files/encoding.ts'
import { thrownBy } from '../builders/workspace.ts'

const text = '# Plan: Demo\n\nGr\u00FC\u00DFe \u201Chere\u201D.\n'

test('UTF-8 is read as it is, with or without a byte order mark', () => {
  expect(decodeText('PLAN.md', Buffer.from(text))).toBe(text)
  expect(decodeText('PLAN.md', Buffer.from(`\uFEFF${text}`))).toBe(`\uFEFF${text}`)
  expect(decodeText('PLAN.md', Buffer.from(''))).toBe('')
  expect(decodeText('PLAN.md', Buffer.from('\u{1F600} \u4E2D\u6587'))).toBe('\u{1F600} \u4E2D\u6587')
})

test.each([
  [
    'Latin-1',
    Buffer.from('# Plan: Demo\n\nGr\u00FC\u00DFe.\n', 'latin1'),
    'Line 3 looks like ISO-8859-1.',
    'ISO-8859-1',
  ],
  [
    'Windows-1252',
    Buffer.from('a\n\x93b\x94\n', 'latin1'),
    'Line 2 looks like WINDOWS-1252.',
    'WINDOWS-1252',
  ],
  ['UTF-16 with a mark', Buffer.from(`\uFEFF${text}`, 'utf16le'), 'byte order mark of UTF-16', 'UTF-16'],
  [
    'big-endian UTF-16 with a mark',
    Buffer.from(`\uFEFF${text}`, 'utf16le').swap16(),
    'byte order mark of UTF-16',
    'UTF-16',
  ],
  ['UTF-16 without a mark', Buffer.from(text, 'utf16le'), 'as in UTF-16LE', 'UTF-16LE'],
  ['big-endian UTF-16 without a mark', Buffer.from(text, 'utf16le').swap16(), 'as in UTF-16BE', 'UTF-16BE'],
  ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x23, 0, 0, 0]), 'byte order mark of UTF-32', 'UTF-32'],
  [
    'UTF-8 that is cut off',
    Buffer.from('a\nb\u00FC').subarray(0, -1),
    'Line 2 looks like ISO-8859-1.',
    'ISO-8859-1',
  ],
])(
  'a text in %s is refused with its encoding and the command that converts it',
  async (_, bytes, words, name) => {
    expect(await thrownBy(() => decodeText('work/001-demo/PLAN.md', bytes))).toMatchObject({
      code: 'file-unreadable',
      exitCode: 2,
      message: expect.stringContaining(words),
      hint: `Convert it: iconv -f ${name} -t UTF-8 < work/001-demo/PLAN.md > work/001-demo/PLAN.md.new && mv work/001-demo/PLAN.md.new work/001-demo/PLAN.md`,
    })
  },
)

test('a NUL byte in a text is refused with its line', async () => {
  expect(await thrownBy(() => decodeText('PLAN.md', Buffer.from('a\nb\0c and more text\n')))).toMatchObject({
    message: "PLAN.md:2: a NUL byte, which a text can't contain.",
    hint: "Remove it: tr -d '\\000' < PLAN.md > PLAN.md.new && mv PLAN.md.new PLAN.md",
  })
})
