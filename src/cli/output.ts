import { detectStyle, type Style } from '../ui/style.ts'
import { placeHint } from './hint.ts'
import { knownColumns } from '../ui/terminal-size.ts'
import { wrapLine } from '../ui/text.ts'

/** Data, for a person or a pipe. */
export function print(lines: readonly string[]): void {
  write(process.stdout, lines)
}

/** Data, for a script. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
}

/** Words about what goes on: beside the data, so that a pipe gets the data alone. */
export function say(...lines: string[]): void {
  write(process.stderr, lines)
}

/**
 * On a terminal, long sentences are broken between words; in a pipe every line is as it is. The arrow before a next step
 * is one that the stream can show.
 */
function write(stream: NodeJS.WriteStream, lines: readonly string[]): void {
  if (lines.length === 0) return
  const width = knownColumns(stream)
  const { next } = detectStyle(stream, process.env).glyphs
  const shown = lines
    .flatMap((line) => line.split('\n'))
    .map((line) => (/^ *→ /.test(line) ? placeHint(line).replace('→', next) : line))
    .flatMap((line) => (width === undefined ? [line] : wrapLine(line, width)))
  stream.write(`${shown.join('\n')}\n`)
}

/** How standard output may look. */
export function outputStyle(): Style {
  return detectStyle(process.stdout, process.env)
}

/** Columns of standard output; undefined when they are not known, as of a pipe, so that nothing is cut. */
export function outputWidth(): number | undefined {
  return knownColumns(process.stdout)
}
