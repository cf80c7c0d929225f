import { textAt } from './json.ts'

/** A tool call in one line: `Bash: npm test`. */
export function toolLine(name: string, input: unknown): string {
  const keys = ['command', 'file_path', 'path', 'pattern', 'url', 'query', 'description']
  const what = keys.map((key) => textAt(input, key)).find((text) => text !== '') ?? ''
  return what === '' ? name : `${name}: ${what}`
}

/** A retry in one line: `retrying 3/10: 500 server_error, next in 20s`. Delay in milliseconds. */
export function retryLine(
  attempt: number | undefined,
  of: number | undefined,
  why: string,
  delay: number | undefined,
): string {
  const count = attempt === undefined || of === undefined ? '' : ` ${attempt}/${of}`
  const cause = why === '' ? '' : `: ${why}`
  const next = delay === undefined ? '' : `, next in ${Math.max(1, Math.round(delay / 1000))}s`
  return `retrying${count}${cause}${next}`
}

/** An ISO time of seconds since 1970; undefined for what is no time. */
export function isoOfSeconds(seconds: number | undefined): string | undefined {
  if (seconds === undefined) return undefined
  const time = new Date(seconds * 1000)
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString()
}
