import { appendFileSync, renameSync, statSync } from 'node:fs'
import { messageOf, systemCode } from '../errors.ts'
import { makeRunFolder } from '../store/run-folder.ts'

/** What is told with an event. Nothing of a prompt, and no secret, may be in it. */
export type LogFacts = Record<string, string | number | boolean | null | undefined>

/** Where `work` writes down what it decides and does, for whoever looks for a fault. Writing never throws. */
export interface WorkLog {
  write(event: string, facts?: LogFacts): void
}

export interface WorkLogOptions {
  /** Absolute path of the log, below `work/.run`. */
  path: string
  /** The name of the command that is run. */
  command: string
  now: () => Date
  /** Is told once, in a sentence, that the log can't be written. */
  complain: (sentence: string) => void
  /** Is shown each event, short, on one line. */
  show?: ((line: string) => void) | undefined
  /** Bytes after which the log becomes `<path>.1`, and a new one begins. */
  limit?: number
}

/** For those who do not log. */
export const silentLog: WorkLog = { write: () => undefined }

/** Opens the log of this process: a line of JSON for each event, behind what others write. */
export function openWorkLog(options: WorkLogOptions): WorkLog {
  const { path, command, now, complain, show, limit = 1_000_000 } = options
  let isBroken = false
  return {
    write: (event, facts = {}) => {
      const at = now()
      show?.(shortLine(at, event, facts))
      if (isBroken) return
      try {
        makeRunFolder(path)
        rotate(path, limit)
        appendFileSync(
          path,
          `${lineOf({ time: at.toISOString(), pid: process.pid, command, event, ...facts })}\n`,
        )
      } catch (error) {
        isBroken = true
        complain(`The log ${path} can't be written: ${messageOf(error)}. Everything else goes on.`)
      }
    },
  }
}

/** What an error says, for a log. */
export function errorFacts(error: unknown): LogFacts {
  const { cause } = error instanceof Error ? error : {}
  return {
    error: messageOf(error),
    code: codeOf(error),
    cause: cause === undefined ? undefined : messageOf(cause),
  }
}

function codeOf(error: unknown): string | undefined {
  return systemCode(error) ?? (error instanceof Error ? error.name : undefined)
}

/** A text that is longer is cut. */
const longest = 500

function lineOf(facts: LogFacts): string {
  const text = JSON.stringify(facts, (_, value: unknown) =>
    typeof value === 'string' ? tamed(value) : value,
  )
  // JSON lets some control characters pass that terminals know.
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, escaped)
}

/** Bounded, and without the password that an address may hold. */
function tamed(text: string): string {
  const safe = text.replaceAll(/(?<=:\/\/)[^\s/@]+@/g, '…@')
  return safe.length > longest ? `${safe.slice(0, longest)}…` : safe
}

function escaped(character: string): string {
  return Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
  ).join('')
}

/** `12:00:01.234 effect begun thread=01.01.01 effect=startSession` */
function shortLine(at: Date, event: string, facts: LogFacts): string {
  const told = Object.entries(facts).flatMap(([name, value]) =>
    value === undefined || value === null || value === ''
      ? []
      : [`${name}=${lineOf({ value }).slice(9, -1)}`],
  )
  const time = `${at.toTimeString().slice(0, 8)}.${at.toISOString().slice(20, 23)}`
  return [time, event, ...told].join(' ').replaceAll(/="([^"\s\\]*)"/g, '=$1')
}

/** When two processes do this at the same moment, the older half may be gone: it is a log, and bounded before all. */
function rotate(path: string, limit: number): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size < limit) return
  try {
    renameSync(path, `${path}.1`)
  } catch (error) {
    // Another process was quicker.
    if (systemCode(error) !== 'ENOENT') throw error
  }
}
