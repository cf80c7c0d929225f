import type { Command, Option } from 'commander'
import { WorkError } from '../errors.ts'
import { joinWords } from './commands/index.ts'
import type { CommonOptions } from './context.ts'
import { work } from '../text/hint.ts'

/** The options of all commands. They may come before the command, too: `work --repo-root ../app status`. */
export const commonFlags = {
  stream: '-s, --stream <id>',
  repoRoot: '-r, --repo-root <dir>',
  json: '-j, --json',
  verbose: '--verbose',
  quiet: '-q, --quiet',
  color: '--color',
  noColor: '--no-color',
  noPager: '--no-pager',
} as const

/** Whether the version is asked for: by the first word only, for any later one may be the value of an option. */
export function asksForVersion([first]: readonly string[]): boolean {
  return first === '-v' || first === '--version'
}

/**
 * The words of a command line with the command first: options of all commands move after it, `work add stage` becomes
 * `work add-stage`, and `work help status` becomes `work status --help`. Nothing without a command. Throws a `WorkError`
 * (`usage`) for an option without its value.
 */
export function orderWords(typed: readonly string[]): string[] {
  const { options, rest } = takeCommonOptions(typed)
  const [name, ...others] = joinWords(rest[0] === 'help' ? [...rest.slice(1), '--help'] : rest)
  return name === undefined ? [] : [name, ...options, ...others]
}

/** The options of all commands that a line begins with, by their long names, and the rest of it. */
function takeCommonOptions(typed: readonly string[]): { options: string[]; rest: string[] } {
  const options: string[] = []
  let rest = [...typed]
  for (;;) {
    const taken = takeCommonOption(rest)
    if (taken === undefined) return { options, rest }
    options.push(...taken)
    rest = rest.slice(rest[0]?.includes('=') === true ? 1 : taken.length)
  }
}

const helpWords = ['help', '--help', '-h']

/** Whether all commands are asked for: `work help --all`, or `work --help --all`. */
export function asksForAllHelp(typed: readonly string[]): boolean {
  return typed.length === 2 && typed.includes('--all') && typed.some((word) => helpWords.includes(word))
}

/** The options of a line without a command. */
export function optionsOf(typed: readonly string[]): CommonOptions {
  const { options: words } = takeCommonOptions(typed)
  const valueOf = (flag: string) => (words.includes(flag) ? words[words.indexOf(flag) + 1] : undefined)
  const [stream, repoRoot] = [valueOf('--stream'), valueOf('--repo-root')]
  return {
    json: words.includes('--json'),
    quiet: words.includes('--quiet'),
    ...(words.some((word) => /^--(no-)?color$/.test(word)) && { color: !words.includes('--no-color') }),
    ...(stream !== undefined && { stream }),
    ...(repoRoot !== undefined && { repoRoot }),
  }
}

/** The option that these words begin with, by its long name, and its value. */
function takeCommonOption([first = '', second]: readonly string[]): string[] | undefined {
  const [flag, ...value] = first.startsWith('--') ? first.split('=') : [first]
  const found = Object.values(commonFlags).find((flags) => flags.split(/, | /).includes(flag ?? ''))
  if (found === undefined) return undefined
  const long = /--[\w-]+/.exec(found)?.[0] ?? ''
  if (!found.includes('<')) return value.length === 0 ? [long] : undefined
  if (value.length > 0) return [long, value.join('=')]
  if (second !== undefined) return [long, second]
  throw new WorkError(`Option '${found}' argument missing.`, { code: 'usage', hint: work('--help') })
}

/** Whether `--json` is among the words of a command as an option, and not as the value of another. */
export function asksForJson(words: readonly string[], command: Command | undefined): boolean {
  if (command === undefined) return words.includes('--json')
  for (let at = 0; at < words.length && words[at] !== '--'; at += 1) {
    const { given, takesNext } = readWord(words[at] ?? '', command.options)
    if (given.some(({ long }) => long === '--json')) return true
    if (takesNext) at += 1
  }
  return false
}

/** The options that a word gives: one by its long name, or some by their letters; and whether the next word is a value. */
function readWord(word: string, options: readonly Option[]): { given: Option[]; takesNext: boolean } {
  if (!/^-./.test(word)) return { given: [], takesNext: false }
  if (word.startsWith('--')) {
    const given = options.filter(({ long }) => long === word.split('=')[0])
    return { given, takesNext: given.some(({ required }) => required) && !word.includes('=') }
  }
  const given: Option[] = []
  for (let at = 1; at < word.length; at += 1) {
    const option = options.find(({ short }) => short === `-${word.charAt(at)}`)
    if (option === undefined) break
    given.push(option)
    if (option.required) return { given, takesNext: at === word.length - 1 }
  }
  return { given, takesNext: false }
}
