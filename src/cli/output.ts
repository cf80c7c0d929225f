import { detectStyle, type Style } from '../ui/style.ts'
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
  const width = stream.isTTY ? stream.columns : 0
  const { next } = detectStyle(stream, process.env).glyphs
  const shown = lines
    .flatMap((line) => line.split('\n'))
    .map((line) => line.replace(/^( *)→ /, `$1${next} `))
    .flatMap((line) => (width > 0 ? wrapLine(line, width) : [line]))
  stream.write(`${shown.join('\n')}\n`)
}

/** How standard output may look. */
export function outputStyle(): Style {
  return detectStyle(process.stdout, process.env)
}

/** Columns of standard output; undefined when it is no terminal, so that nothing is cut. */
export function outputWidth(): number | undefined {
  return process.stdout.isTTY ? process.stdout.columns : undefined
}
