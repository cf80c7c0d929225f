import { shellQuote } from './shell-quote.ts'

/** A command line to type: a program and its arguments. `<id>` and `…` stand for what the user fills in. */
export type CommandLine = readonly string[]

/** What you can do about something: text with commands in it. Plain data, so that it can be stored and sent. */
export interface Hint {
  readonly parts: readonly (string | CommandLine)[]
}

/** What a hint is made of: a sentence, a command, or a text with commands by {@link advice}. */
export type HintSource = string | CommandLine | Hint

/** A command of `work`: `work('fix', '--thread', id)`. */
export function work(name: string, ...args: readonly (string | number)[]): CommandLine {
  return ['work', name, ...args.map(String)]
}

/** A command of another program: `shell('git', 'init')`. */
export function shell(name: string, ...args: readonly string[]): CommandLine {
  return [name, ...args]
}

/** A text with commands and other hints in it: advice`${work('run')} runs the rest.` */
export function advice(texts: TemplateStringsArray, ...values: readonly (HintSource | number)[]): Hint {
  const parts = texts.flatMap((text, index) => {
    const value = values[index]
    return [text, ...(value === undefined ? [] : partsOf(typeof value === 'number' ? String(value) : value))]
  })
  return { parts: parts.filter((part) => part !== '') }
}

export function hintOf(source: HintSource): Hint {
  return { parts: partsOf(source) }
}

/** The hint as it is read. */
export function hintText(source: HintSource): string {
  return partsOf(source)
    .map((part) => (typeof part === 'string' ? part : commandText(part)))
    .join('')
}

/** A command as it is typed in a shell. */
export function commandText(line: CommandLine): string {
  return line.map(shellQuote).join(' ')
}

/** The commands of a hint, in their order. */
export function commandsOf(source: HintSource): CommandLine[] {
  return partsOf(source).flatMap((part) => (typeof part === 'string' ? [] : [part]))
}

/** The same hint with other commands. */
export function withCommands(source: HintSource, change: (line: CommandLine) => CommandLine): Hint {
  return { parts: partsOf(source).map((part) => (typeof part === 'string' ? part : change(part))) }
}

function partsOf(source: HintSource): Hint['parts'] {
  if (typeof source === 'string') return [source]
  return 'parts' in source ? source.parts : [source]
}
