import type { Command, Option } from 'commander'
import { oneLine } from '../../text/sanitize.ts'
import { orderWords } from '../command-line.ts'
import { entryOf, groups } from '../commands/index.ts'
import type { Entry, ValueKind } from '../commands/command.ts'
import { valueKindOf } from './value-kinds.ts'
import type { Candidate } from './values.ts'
import type { CommonOptions } from '../context.ts'
import { print } from '../output.ts'

/** The definition of a command; undefined when there is none of this name. */
export type Define = (name: string) => Command | undefined

/**
 * `work complete <words>`, which the scripts of `work completion` call: prints what the last of the words can become.
 * An error is no answer: nobody asked for a message in the line that is being typed.
 */
export async function complete(words: readonly string[], define: Define): Promise<void> {
  try {
    print(await findAnswers(words, define))
  } catch {
    // No answer.
  }
}

async function findAnswers(words: readonly string[], define: Define): Promise<string[]> {
  // `--flag=value` comes as one word from zsh and fish, and as three from bash.
  const [, prefix = '', last = ''] = /^(--[\w-]+=|=)?(.*)$/s.exec(words.at(-1) ?? '') ?? []
  const before = [...words.slice(0, -1), prefix.slice(0, -1)].filter((word) => word !== '' && word !== '=')
  const found = await findCandidates(orderWords(before), last, define)
  if (found === 'directories') return prefix === '' ? [':directories'] : []
  return found
    .filter(({ value }) => value.startsWith(last) && value === oneLine(value))
    .map(({ value, about }) => `${prefix === '=' ? '' : prefix}${value}\t${oneLine(about)}`)
}

/** What can follow these words and begins as the last one, or with anything. */
async function findCandidates(
  [name, ...before]: string[],
  last: string,
  define: Define,
): Promise<Candidate[] | 'directories'> {
  if (name === undefined) return last.startsWith('-') ? candidates(['--help', '--version']) : commands()
  if (name === 'add' && before.length === 0) return partsToAdd()
  const command = define(name)
  if (command === undefined) return []
  const { open, isOneMore, given, operands } = readWords(command, before)
  if (last.startsWith('-') && (open === undefined || isOneMore)) return flagsOf(command)
  const entry = entryOf(command.name())
  if (entry === undefined) return []
  const wanted = open === undefined ? wantedOperand(entry, command, operands) : wantedValue(entry, open)
  if (typeof wanted !== 'string') return candidates(wanted)
  if (wanted === 'text') return []
  if (wanted === 'directory') return 'directories'
  const { listValues } = await import('./values.ts')
  return listValues(wanted, given, last)
}

/** What fits in a place: these words, or the values of a kind. */
type Wanted = readonly string[] | ValueKind

function wantedValue(entry: Entry, option: Option): Wanted {
  return option.argChoices ?? valueKindOf(entry, option.attributeName()) ?? []
}

function wantedOperand(entry: Entry, command: Command, operands: readonly string[]): Wanted {
  const { registeredArguments: all } = command
  const last = all.at(-1)?.variadic === true ? all.at(-1) : undefined
  const argument = (all[operands.length] ?? last)?.name()
  if (argument === undefined) return []
  // `work approve stage <n>`: the number after another target is none.
  if (argument === 'number' && operands[0] !== 'stage') return []
  return entry.words?.[argument] ?? valueKindOf(entry, argument) ?? []
}

/**
 * The words before the one that is completed: the flag that needs a value, or takes one more; the flags that select the
 * workstream; the arguments.
 */
function readWords(command: Command, words: readonly string[]) {
  let open: Option | undefined
  let isOneMore = false
  const given: Pick<CommonOptions, 'stream' | 'repoRoot'> = {}
  const operands: string[] = []
  for (const word of words.flatMap(splitFlag)) {
    const option = command.options.find(({ short, long }) => word === short || word === long)
    if (option !== undefined) {
      open = option.required || option.optional ? option : undefined
      isOneMore = false
    } else if (open === undefined) {
      if (!word.startsWith('-')) operands.push(word)
    } else {
      const name = open.attributeName()
      if (name === 'stream' || name === 'repoRoot') given[name] = word
      isOneMore = open.variadic
      if (!isOneMore) open = undefined
    }
  }
  return { open, isOneMore, given, operands }
}

function splitFlag(word: string): string[] {
  const [, flag, value] = /^(--[\w-]+)=(.*)$/s.exec(word) ?? []
  return flag === undefined || value === undefined ? [word] : [flag, value]
}

function commands(): Candidate[] {
  return Object.values(groups)
    .flatMap((entries) => Object.entries(entries))
    .map(([value, { about }]) => ({ value, about }))
}

/** The second word of `work add stage`. */
function partsToAdd(): Candidate[] {
  return commands()
    .filter(({ value }) => value.startsWith('add-'))
    .map(({ value, about }) => ({ value: value.slice('add-'.length), about }))
}

function flagsOf(command: Command): Candidate[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .map(({ long, short, description }) => ({ value: long ?? short ?? '', about: description }))
}

function candidates(values: readonly string[]): Candidate[] {
  return values.map((value) => ({ value, about: '' }))
}
