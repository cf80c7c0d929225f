import { detectStyle, type Style } from '../ui/style.ts'
import { placeHint } from './hint.ts'
import { knownColumns } from '../ui/terminal-size.ts'
import { wrapLine } from '../ui/width.ts'
import { commandsOf, commandText, hintText, type Hint, type HintSource } from '../text/hint.ts'
import { plainText } from '../text/sanitize.ts'

/** What the options of all commands say about output. */
export interface OutputOptions {
  /** Only data and errors: no progress, no hints, no remarks. */
  quiet?: boolean
  /** Colors or none, whatever the output is; undefined to find out. */
  color?: boolean
  /** False to print long output without a pager. */
  pager?: boolean
}

let chosen: OutputOptions = {}

/** Everything that is printed from now on follows these. */
export function setOutput(options: OutputOptions): void {
  chosen = options
}

/** Whether only data and errors are printed. */
export function isQuiet(): boolean {
  return chosen.quiet === true
}

/** Whether long output may go through a pager. */
export function isPaged(): boolean {
  return chosen.pager !== false
}

/** A line that is printed: text, text with commands in it, or the next step, which gets an arrow. */
export type OutputLine = string | Hint | { next: HintSource }

/** Data, for a terminal or a pipe. */
export function print(lines: readonly OutputLine[]): void {
  write(process.stdout, withoutSteps(lines))
}

/** The lines as `print` shows them on a terminal of so many columns; by default without a width, not wrapped. */
export function dataLines(lines: readonly OutputLine[], width?: number): string[] {
  return shownLines(process.stdout, withoutSteps(lines), width)
}

function withoutSteps(lines: readonly OutputLine[]): readonly OutputLine[] {
  return isQuiet() ? lines.filter((line) => typeof line === 'string' || !('next' in line)) : lines
}

/** Data, for a script. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
}

/** Messages, on standard error, so that a pipe gets only the data. */
export function say(...lines: OutputLine[]): void {
  if (!isQuiet()) write(process.stderr, lines)
}

/** Words about an error, beside the data. */
export function sayError(...lines: OutputLine[]): void {
  write(process.stderr, lines)
}

function write(stream: NodeJS.WriteStream, lines: readonly OutputLine[]): void {
  if (lines.length === 0) return
  stream.write(`${shownLines(stream, lines, knownColumns(stream)).join('\n')}\n`)
}

/**
 * Lines as a stream shows them: commands work as printed, the arrow before a next step is one that the stream can show,
 * and on a terminal long sentences are broken between words. In a pipe every line is as it is.
 */
function shownLines(
  stream: NodeJS.WriteStream,
  lines: readonly OutputLine[],
  width: number | undefined,
): string[] {
  const { next } = detectStyle(stream, process.env, chosen.color).glyphs
  return lines.flatMap((line) => {
    const { text, commands } = readLine(line, next)
    const rows = text.split('\n')
    return width === undefined ? rows : rows.flatMap((row) => wrapLine(row, width, commands))
  })
}

/** The text of a line, and the commands in it, which are not broken. */
function readLine(line: OutputLine, arrow: string): { text: string; commands: string[] } {
  if (typeof line === 'string') return { text: line, commands: [] }
  const isStep = 'next' in line
  const hint = placeHint(isStep ? line.next : line)
  const text = plainText(hintText(hint))
  return {
    text: isStep ? `  ${arrow} ${text}` : text,
    commands: commandsOf(hint).map((command) => plainText(commandText(command))),
  }
}

/** How standard output may look. */
export function outputStyle(): Style {
  return detectStyle(process.stdout, process.env, chosen.color)
}

/** Columns of standard output; undefined when they are not known, as of a pipe, so that nothing is cut. */
export function outputWidth(): number | undefined {
  return knownColumns(process.stdout)
}
