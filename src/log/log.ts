import { appendFileSync, renameSync, statSync } from 'node:fs'
import { messageOf, systemCode } from '../errors.ts'
import { withLock } from '../store/lock.ts'
import { makeRunFolder } from '../store/runtime-dir.ts'

/** The data of an event. It must not contain secrets or any part of a prompt. */
export type LogFacts = Record<string, string | number | boolean | null | undefined>

/** Where `work` logs its decisions and actions, for troubleshooting. Writing never throws. */
export interface WorkLog {
  write(event: string, facts?: LogFacts): void
}

export interface WorkLogOptions {
  /** Absolute path of the log, in `work/.run`. */
  path: string
  /** Absolute path of the kernel lock under which a new log begins. */
  lock: string
  /** The name of the command that is run. */
  command: string
  now: () => Date
  /** Called once, with a sentence, if the log can't be written. */
  complain: (sentence: string) => void
  /** Called with each event, short, on one line. */
  show?: ((line: string) => void) | undefined
  /** Size in bytes after which the log becomes `<path>.1` and a new one begins. */
  limit?: number
}

/** For callers that do not log. */
export const silentLog: WorkLog = { write: () => undefined }

/** Opens the log of this process: one line of JSON per event, appended after those of other processes. */
export function openWorkLog(options: WorkLogOptions): WorkLog {
  const { path, lock, command, now, complain, show, limit = 1_000_000 } = options
  let isBroken = false
  let isTurning = false
  const giveUp = (error: unknown) => {
    isBroken = true
    complain(`The log ${path} can't be written: ${messageOf(error)}. Everything else continues.`)
  }
  const turnOver = async () => {
    isTurning = true
    try {
      await rotate({ path, lock, limit })
    } catch (error) {
      giveUp(error)
    }
    isTurning = false
  }
  return {
    write: (event, facts = {}) => {
      const at = now()
      show?.(shortLine(at, event, facts))
      if (isBroken) return
      try {
        makeRunFolder(path)
        appendFileSync(
          path,
          `${lineOf({ time: at.toISOString(), pid: process.pid, command, event, ...facts })}\n`,
        )
        if (!isTurning && sizeOf(path) >= limit) void turnOver()
      } catch (error) {
        giveUp(error)
      }
    },
  }
}

/** The facts of an error for a log. */
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

/** Longer texts are cut. */
const longest = 500

function lineOf(facts: LogFacts): string {
  const text = JSON.stringify(facts, (_, value: unknown) =>
    typeof value === 'string' ? tamed(value) : value,
  )
  // JSON leaves some control characters unescaped that terminals interpret.
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, escaped)
}

/** Limits the length, and removes the password that an address may contain. */
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

/** Under a lock, so that the second of two processes does not overwrite the old log with the new one. */
async function rotate({ path, lock, limit }: { path: string; lock: string; limit: number }): Promise<void> {
  await withLock(lock, () => {
    if (sizeOf(path) >= limit) renameSync(path, `${path}.1`)
  })
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
