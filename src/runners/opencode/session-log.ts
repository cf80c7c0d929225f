import { appendFileSync, closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import * as z from 'zod/mini'
import { messageOf, systemCode } from '../../errors.ts'
import { readTail } from '../tail.ts'
import { readError, type OpencodeEvent } from './events.ts'
import type { TurnError } from './turn-error.ts'

/** The log of a session: each of its events as a line of JSON, and the answers to them. */
export interface SessionLog {
  write(event: OpencodeEvent): void
  note(type: string, properties: Record<string, unknown>): void
  /** Why something is missing in it; empty if nothing is. */
  trouble(): string
  close(): void
}

/** Frequent events that add nothing to others. */
const noise = ['message.part.delta', 'session.updated', 'session.diff']

const Line = z.object({
  at: z.string(),
  type: z.string(),
  sessionId: z.string(),
  properties: z.record(z.string(), z.unknown()),
})

/**
 * Opens the log `path` for appending; `now` stamps its lines. A log that can't be written is reported and does no
 * harm.
 */
export function openLog(path: string, sessionId: string, now: () => Date): SessionLog {
  let trouble = ''
  const attempt = <T>(action: () => T): T | undefined => {
    try {
      return action()
    } catch (error) {
      if (systemCode(error) === undefined) throw error
      trouble = `Could not write its log: ${messageOf(error)}`
      return undefined
    }
  }
  const file = attempt(() => openForAppending(path))
  const write = (event: OpencodeEvent) => {
    if (file === undefined || noise.includes(event.type)) return
    attempt(() => appendFileSync(file, `${lineOf({ at: now().toISOString(), ...event })}\n`))
  }
  return {
    write,
    note: (type, properties) => write({ type, sessionId, properties }),
    trouble: () => trouble,
    close: () => (file === undefined ? undefined : closeSync(file)),
  }
}

/** Values nested too deep to print are left out: they must not end the stream of all sessions. */
function lineOf(event: LoggedEvent): string {
  try {
    return JSON.stringify(event)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return JSON.stringify({ ...event, properties: { omitted: 'nested too deep' } })
  }
}

function openForAppending(path: string): number {
  mkdirSync(dirname(path), { recursive: true })
  const isTorn = !['', '\n'].includes(readTail(path, 1))
  const file = openSync(path, 'a')
  // The previous writer was killed in the middle of a line.
  if (isTorn) appendFileSync(file, '\n')
  return file
}

/** The first error in a log: opencode keeps none for a turn without an answer. Later errors repeat it. */
export function firstError(path: string): TurnError | undefined {
  return readLog(path)
    .flatMap(({ type, properties, at }) =>
      type === 'session.error' ? [readError(properties['error'], Date.parse(at))] : [],
    )
    .find((error) => error !== undefined)
}

/** An event in a log. */
export interface LoggedEvent extends OpencodeEvent {
  /** ISO time. */
  at: string
}

/**
 * The events of a log, oldest first. A line that was cut off when its writer was killed is left out. An unreadable log
 * has none: the server knows the state of its sessions.
 */
export function readLog(path: string): LoggedEvent[] {
  return readText(path).split('\n').flatMap(parseLine)
}

function parseLine(line: string): LoggedEvent[] {
  try {
    const { data } = z.safeParse(Line, JSON.parse(line))
    return data === undefined ? [] : [data]
  } catch {
    return []
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (systemCode(error) !== undefined) return ''
    throw error
  }
}
