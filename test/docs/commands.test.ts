import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { asksForAllHelp, orderWords } from '../../src/cli/command-line.ts'
import { groups } from '../../src/cli/commands/index.ts'
import { defineProgram } from '../../src/cli/program.ts'
import { allPages } from './all-pages.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

test.each(allPages().map((path) => ({ path, name: relative(root, path) })))(
  '$name mentions only commands and flags that exist',
  ({ path }) => {
    const wrong = commandsIn(readFileSync(path, 'utf8')).flatMap((command) => {
      const fault = faultOf(command)
      return fault === undefined ? [] : [`${command}: ${fault}`]
    })
    expect(wrong).toEqual([])
  },
)

test('a command that does not exist, a flag and a word that it does not have are found', () => {
  expect(commandsIn('See `work stats`.\n\n```console\n$ work list --colour\n```\n')).toEqual([
    'work stats',
    'work list --colour',
  ])
  expect(['work stats', 'work list --colour', 'work approve all', 'work tree -b 01.01'].map(faultOf)).toEqual(
    ['no such command', 'no --colour', 'no word "all"', undefined],
  )
})

/** Commands in code, in line or as a line of a block, up to what a shell does with them. */
function commandsIn(page: string): string[] {
  const inLine = page.matchAll(/(?<!`)`(work [^`\n]+)`(?!`)/g)
  const lines = page.matchAll(/^(?:\$ )?(work [^\n]+)$/gm)
  return [...inLine, ...lines].map(([, command = '']) => command.split(/ (?:\||>|#|&&|\\\|) ?/)[0] ?? '')
}

function faultOf(text: string): string | undefined {
  const [, ...words] = text.match(/"[^"]*"|\S+/g) ?? []
  if (words.length === 1 && words[0]?.startsWith('-') === true) return undefined
  const [name = '', ...rest] = orderWords(words)
  if (name.startsWith('<') || asksForAllHelp(words)) return undefined
  const entry = Object.values(groups).find((entries) => Object.hasOwn(entries, name))?.[name]
  const command = defineProgram(name).commands.find((one) => one.name() === name)
  if (entry === undefined || command === undefined) return 'no such command'
  const flags = new Set(['--help', ...command.options.flatMap(({ short, long }) => [short, long])])
  const unknown = rest.find((word) => word.startsWith('-') && !flags.has(word))
  if (unknown !== undefined) return `no ${unknown}`
  const [argument] = Object.values(entry.words ?? {})
  const [first] = rest
  const isWord = argument === undefined || first === undefined || /^[-…<[]/.test(first)
  return isWord || argument.includes(first) ? undefined : `no word "${first}"`
}
