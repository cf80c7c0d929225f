import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { shellQuote, shellWords, singleQuoted } from '../../src/text/shell-quote.ts'

it.each([
  ['work', 'work'],
  ['--thread', '--thread'],
  ['01.01.01=01.01.02', '01.01.01=01.01.02'],
  ['<id>', '<id>'],
  ['<provider/model>', '<provider/model>'],
  ['…', '"…"'],
  ['two words', '"two words"'],
  ['', '""'],
  ['a;b', '"a;b"'],
  ["it's", '"it\'s"'],
  ['$HOME', "'$HOME'"],
  ["it's $HOME", String.raw`'it'\''s $HOME'`],
  ['<a b>"', `'<a b>"'`],
])('shellQuote(%j) is %s', (word, quoted) => {
  expect(shellQuote(word)).toBe(quoted)
})

/** A word as a shell reads it. */
function read(quoted: string): string {
  return execFileSync('/bin/sh', ['-c', `printf %s ${quoted}`], { encoding: 'utf8' })
}

it.each(['two words', "it's $HOME `id` !", 'a\\b"c', '*', '~/x', '(a) & b | c > d', '#', 'ä'])(
  'a shell reads %j as it was, in both kinds of quotes',
  (word) => {
    expect([read(shellQuote(word)), read(singleQuoted(word))]).toEqual([word, word])
  },
)

it('shellWords takes a simple command line apart', () => {
  expect(shellWords('work fix --note "Port 0."  --yes')).toEqual([
    'work',
    'fix',
    '--note',
    'Port 0.',
    '--yes',
  ])
})
