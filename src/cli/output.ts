import { detectStyle, type Style } from '../ui/style.ts'
import { placeHint } from './hint.ts'
import { knownColumns } from '../ui/terminal-size.ts'
import { wrapLine } from '../ui/width.ts'

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

/** Data, for a terminal or a pipe. */
export function print(lines: readonly string[]): void {
  write(process.stdout, withoutHints(lines))
}

/** The lines as `print` shows them, before they are wrapped. */
export function dataLines(lines: readonly string[]): string[] {
  return placeHints(process.stdout, withoutHints(lines))
}

function withoutHints(lines: readonly string[]): readonly string[] {
  return isQuiet() ? lines.filter((line) => !isHint(line)) : lines
}

/** Data, for a script. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
}

/** Messages, on standard error, so that a pipe gets only the data. */
export function say(...lines: string[]): void {
  if (!isQuiet()) write(process.stderr, lines)
}

/** Words about an error, beside the data. */
export function sayError(...lines: string[]): void {
  write(process.stderr, lines)
}

/**
 * On a terminal, long sentences are broken between words; in a pipe every line is as it is. The arrow before a next step
 * is one that the stream can show.
 */
function write(stream: NodeJS.WriteStream, lines: readonly string[]): void {
  if (lines.length === 0) return
  const width = knownColumns(stream)
  const shown = placeHints(stream, lines).flatMap((line) =>
    width === undefined ? [line] : wrapLine(line, width),
  )
  stream.write(`${shown.join('\n')}\n`)
}

/** Lines whose hints work as printed, after an arrow that the stream can show. */
function placeHints(stream: NodeJS.WriteStream, lines: readonly string[]): string[] {
  const { next } = detectStyle(stream, process.env, chosen.color).glyphs
  return lines
    .flatMap((line) => line.split('\n'))
    .map((line) => (isHint(line) ? placeHint(line).replace('→', next) : line))
}

/** The next step, after an arrow. */
function isHint(line: string): boolean {
  return /^ *→ /.test(line)
}

/** How standard output may look. */
export function outputStyle(): Style {
  return detectStyle(process.stdout, process.env, chosen.color)
}

/** Columns of standard output; undefined when they are not known, as of a pipe, so that nothing is cut. */
export function outputWidth(): number | undefined {
  return knownColumns(process.stdout)
}
