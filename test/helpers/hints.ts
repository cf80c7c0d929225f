import type { Command } from 'commander'
import { orderWords } from '../../src/cli/command-line.ts'
import { groups } from '../../src/cli/commands/index.ts'
import { defineProgram } from '../../src/cli/program.ts'

const commands = new Map<string, Command>(
  Object.values(groups).flatMap((entries) =>
    Object.keys(entries).flatMap((name) => {
      const command = defineProgram(name).commands.find((one) => one.name() === name)
      return command === undefined ? [] : [[name, command] as const]
    }),
  ),
)

/**
 * What is wrong with the commands of a text that is printed for the user to type; empty when each can be typed as it is.
 * Words after a command are the sentence around it; where the text begins with `work`, or after `then` or `or`, there
 * must be a command.
 */
export function faultsOfHint(text: string): string[] {
  return [...text.matchAll(/\bwork (?=[\w<-])([^\n`]*)/g)].flatMap(({ index, 1: typed = '' }) => {
    const words = wordsOf(typed)
    const fault = faultOf(words)
    const isCommand = isKnown(words[0]) || startsCommand(text, index)
    return fault === undefined || !isCommand ? [] : [`work ${typed}: ${fault}`]
  })
}

/** What is wrong with the words after `work` of a command that is data, so that no sentence follows. */
export function faultOfCommand(words: readonly string[]): string | undefined {
  return faultOf(words, true)
}

/** Whether a text has the name of the program and a command after it. */
export function namesCommand(text: string): boolean {
  return [...text.matchAll(/(?<![\w/.-])work (\S+)/g)].some(([, name = '']) =>
    isKnown(/^-*[a-z-]*/.exec(name)?.[0]),
  )
}

/** Whether what follows has to be a command. A text that is a sentence may begin with the name of the program. */
function startsCommand(text: string, index: number): boolean {
  return index === 0 ? !text.endsWith('.') : /(?:[→`(]\s*|\b(?:then|or)\s+)$/.test(text.slice(0, index))
}

function isKnown(word = ''): boolean {
  return word.startsWith('-') || word === 'add' || commands.has(word)
}

/** The words of a command up to the end of its clause; a text in quotes is one word. */
function wordsOf(typed: string): string[] {
  const clause = /^(?:"[^"]*"|'[^']*'|[^;"'])*?(?=,? {2,}|[,;:.)]+(?:\s|$)|$)/.exec(typed)?.[0] ?? typed
  return clause.match(/(?:"[^"]*"|'[^']*'|[^\s"']|')+/g) ?? []
}

/** What is wrong with a command line, as far as the text around it shows, or exactly where it is `whole`. */
function faultOf(words: readonly string[], whole = false): string | undefined {
  if (['--help', '--version', '-v', '-h'].includes(words[0] ?? '')) return undefined
  if (words.join(' ') === 'help --all') return undefined
  const [name = '', ...rest] = orderWords(whole ? words : words.filter((word) => word !== '…'))
  if (name === '' || name === 'add' || name.startsWith('<')) return undefined
  const command = commands.get(name)
  return command === undefined ? `there is no command ${name}` : faultOfWords(command, rest, whole)
}

function faultOfWords(command: Command, words: readonly string[], whole: boolean): string | undefined {
  const { options, registeredArguments } = command
  let operands = 0
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? ''
    if (word === '--help') return undefined
    if (word.startsWith('--<')) continue
    if (/^--?\w/.test(word)) {
      const option = options.find(({ long, short }) => [long, short].includes(word.split('=')[0]))
      if (option === undefined) return `${command.name()} has no option ${word}`
      if (!option.required || word.includes('=')) continue
      at += 1
      if (words[at] === undefined || words[at]?.startsWith('-') === true) return `${word} lacks its value`
      if (whole && option.variadic) at = lastValue(words, at)
    } else {
      const argument = registeredArguments[operands]
      if (argument === undefined) {
        // The sentence around the command continues.
        if (!whole) return undefined
        return `${command.name()} takes no further ${word}`
      }
      const known = argument.required ? wordsFor(command.name(), argument.name()) : undefined
      if (known !== undefined && /^[a-z]+$/.test(word) && !known.includes(word)) {
        return `${command.name()} takes no ${word}`
      }
      if (!argument.variadic) operands += 1
    }
  }
  return undefined
}

/** The place of the last value of an option that takes several. */
function lastValue(words: readonly string[], first: number): number {
  const next = words.findIndex((word, index) => index > first && word.startsWith('-'))
  return (next === -1 ? words.length : next) - 1
}

/** What an argument can be; undefined when that is not known. */
function wordsFor(command: string, argument: string): readonly string[] | undefined {
  return Object.values(groups).find((entries) => Object.hasOwn(entries, command))?.[command]?.words?.[
    argument
  ]
}
