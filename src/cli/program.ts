import { Command, CommanderError, InvalidArgumentError, type Option } from 'commander'
import { WorkError } from '../errors.ts'
import { beginLog, endLog } from './command-log.ts'
import { backgroundWord } from './commands/run/background-word.ts'
import type { DefineTools, Entry } from './commands/command.ts'
import {
  asksForAllHelp,
  asksForJson,
  asksForVersion,
  commonFlags,
  optionsOf,
  orderWords,
} from './command-line.ts'
import type { CommonOptions } from './context.ts'
import { entryOf, familyName, familyParts, groups, takesStream } from './commands/index.ts'
import { allHelp, familyHelp, helpText } from './help.ts'
import { setHintPlace, type HintPlace } from './hint.ts'
import { outputWidth, print, setOutput, type OutputOptions } from './output.ts'
import { meantToRead, unknownCommand } from './unknown-command.ts'
import { advice, work, type HintSource } from '../text/hint.ts'
import { shellWords } from '../text/shell-quote.ts'

/**
 * Runs one command line (without `node` and the script) and gives its exit code. Every error is turned into words here:
 * on standard error, and with `--json` as an object on standard output.
 */
export async function runCommandLine(typed: string[]): Promise<number> {
  if (typed[0] === 'complete') return answerShell(typed.slice(1))
  if (typed[0] === backgroundWord) return (await import('./commands/run/background.ts')).runInBackground()
  if (asksForVersion(typed)) {
    printText(WORK_VERSION)
    return 0
  }
  let args = [...typed]
  let exitCode = 0
  let program: Command | undefined
  try {
    if (asksForAllHelp(typed)) {
      const { printPaged } = await import('./pager.ts')
      await printPaged(allHelp().trimEnd().split('\n'))
      return 0
    }
    args = orderWords(typed)
    if (args[0] === undefined || isOption(args[0])) return await answerWithoutCommand(typed, args[0])
    const meant = isKnown(args[0]) ? undefined : meantToRead(args)
    if (meant !== undefined) return await runCommandLine([...meant])
    program = defineProgram(args[0], (code) => {
      exitCode = code
    }).hook('preAction', (_, called) => {
      setHintPlace(called.opts<HintPlace>(), takesStream)
      setOutput(called.opts<OutputOptions>())
    })
    if (args[0] === familyName) answerFamily(args.slice(1))
    else if (isKnown(args[0])) await program.parseAsync(args, { from: 'user' })
    else throw unknownCommand(args)
    await endLog(exitCode)
    return exitCode
  } catch (error) {
    const { reportError } = await loadReporter()
    const told = fromCommander(error, args[0])
    const command = program?.commands.find((one) => one.name() === args[0])
    const code = reportError(told, asksForJson(args.slice(1), command))
    await endLog(code, error)
    return code
  }
}

function loadReporter() {
  return import('./report-error.ts')
}

/** `work` alone shows where the current workstream is, and without one the help; `work --help` the help. */
async function answerWithoutCommand(typed: readonly string[], option: string | undefined): Promise<number> {
  if (option !== undefined && option !== '--help' && option !== '-h') {
    throw new WorkError(`Unknown option '${option}'.`, { code: 'usage', hint: work('--help') })
  }
  if (option === undefined) {
    const { overview } = await import('./commands/inspect/overview.ts')
    const options = optionsOf(typed)
    setHintPlace(options, takesStream)
    setOutput(options)
    if (await overview(options)) return 0
  }
  printText(helpText())
  return 0
}

function isOption(word: string): boolean {
  return word.startsWith('-')
}

function isKnown(name: string): boolean {
  return name === familyName || entryOf(name) !== undefined
}

/** What the completion of a shell asks. It is no command of the help, and no flag is its own. */
async function answerShell(words: string[]): Promise<number> {
  const { complete } = await import('./completion/suggest.ts')
  await complete(words, (name) => defineProgram(name).commands.find((command) => command.name() === name))
  return 0
}

/** `work add` without a part, or with one that there is not. */
function answerFamily([part]: string[]): void {
  if (part === '--help' || part === '-h') return printText(familyHelp())
  const parts = familyParts()
  const isPart = part !== undefined && !part.startsWith('-')
  throw new WorkError(isPart ? `Unknown part "${part}".` : `Specify what to add: ${listed(parts)}.`, {
    code: 'usage',
    hint: advice`${work('add')} ${parts.join(' | ')}; ${work('add', '--help')} shows examples.`,
  })
}

/** The command tree. Only the command that is `called` is defined, for that is quicker; any other word gets all of them. */
export function defineProgram(called?: string, setExitCode?: (code: number) => void): Command {
  const program = new Command('work')
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeErr: () => undefined,
      writeOut: printText,
      getOutHelpWidth: () => outputWidth() ?? 80,
    })
    // Also on a narrow terminal each column is broken on its own.
    .configureHelp({ minWidthToWrap: 10 })
    .showSuggestionAfterError()
    .helpCommand(false)
  program.helpInformation = helpText
  const tools: DefineTools = { run: async (result) => setExitCode?.((await result) ?? 0), wholeNumber }
  const isCalled = called !== undefined && entryOf(called) !== undefined

  for (const entries of Object.values(groups)) {
    for (const [name, entry] of Object.entries(entries)) {
      if (!isCalled || name === called) defineCommand(program, name, entry, tools)
    }
  }
  return program
}

/** A command: its own flags, and below them those that all have. */
function defineCommand(program: Command, name: string, entry: Entry, tools: DefineTools): void {
  const { takes, words = {}, about, example, withoutStream } = entry
  const command = program.command(takes === undefined ? name : `${name} ${takes}`).description(about)
  for (const argument of command.registeredArguments) {
    argument.description = words[argument.name()]?.join(', ') ?? ''
  }
  entry.define(command, tools).optionsGroup('Options of all commands:')
  if (withoutStream === undefined) {
    command.option(commonFlags.stream, 'the workstream: id, name or number (default: the current one)')
  }
  command
    .option(commonFlags.repoRoot, 'the repository (default: the nearest folder above with .git)')
    .option(commonFlags.json, 'print data as JSON')
    .option(commonFlags.verbose, 'log decisions and actions to stderr')
    .option(commonFlags.quiet, 'print only data and errors')
    .option(commonFlags.color, 'use colors even if the output is not a terminal')
    .option(commonFlags.noColor, 'do not use colors')
    .option(commonFlags.noPager, 'do not page long output')
    .helpOption('-h, --help', 'show help')
    .hook('preAction', async (called) => {
      if (entry.isLogged || called.opts<CommonOptions>().verbose === true) await beginLog(name, called.opts())
      // At the end of a run the installed `work` may be another one.
      if (entry.isLong === true) await loadReporter()
    })
    .addHelpText('after', `\nExample:\n  ${example}`)
  for (const option of command.options) refuseEmpty(option)
}

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text)
    if (/^\d+$/.test(text) && number >= least && number <= most) return number
    throw new InvalidArgumentError(`It has to be a whole number from ${least} to ${most}.`)
  }
}

/** A name, a folder or an address that is empty, as from a shell variable that is not set, is a mistake. */
function refuseEmpty(option: Option): void {
  if (option.parseArg !== undefined || !/<(name|dir|url)>$/.test(option.flags)) return
  option.argParser((text: string) => {
    if (text.trim() !== '') return text
    throw new InvalidArgumentError('It is empty.')
  })
}

/** Help and version are no errors; anything else that commander refuses is wrong use. */
function fromCommander(error: unknown, name = ''): unknown {
  if (!(error instanceof CommanderError)) return error
  if (error.exitCode === 0) return undefined
  const [message = '', ...suggestion] = error.message.replace(/^error: /, '').split('\n')
  return new WorkError(sentence(message), {
    code: 'usage',
    hint: suggestion.length > 0 ? suggestion.join(' ').replaceAll(/[()]/g, '') : usageHint(name, error.code),
    cause: error,
  })
}

/** What helps with a command line that lacks something, or has too much: how it is meant, and what there is. */
function usageHint(name: string, code: string): HintSource {
  const entry = entryOf(name)
  if (entry === undefined) return work('--help')
  const options = advice`${work(name, '--help')} shows its options.`
  const isMeantOtherwise = code.startsWith('commander.missing') || code === 'commander.excessArguments'
  const [example = ''] = entry.example.split('\n')
  return isMeantOtherwise ? advice`${shellWords(example)}; ${options}` : options
}

/** Help and version as all else is printed. */
function printText(text: string): void {
  print([text.trimEnd()])
}

function listed(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? '' : '.'}`
}
