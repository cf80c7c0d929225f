import { detectStyle, type Style } from '../ui/style.ts'

/** Data, for a person or a pipe. */
export function print(lines: readonly string[]): void {
  if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`)
}

/** Data, for a script. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
}

/** Words about what goes on: beside the data, so that a pipe gets the data alone. */
export function say(...lines: string[]): void {
  if (lines.length > 0) process.stderr.write(`${lines.join('\n')}\n`)
}

/** How standard output may look. */
export function outputStyle(): Style {
  return detectStyle(process.stdout, process.env)
}

/** Columns of standard output; undefined when it is no terminal, so that nothing is cut. */
export function outputWidth(): number | undefined {
  return process.stdout.isTTY ? process.stdout.columns : undefined
}
