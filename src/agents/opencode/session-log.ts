import { appendFileSync, closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import * as z from 'zod/mini'
import { messageOf, systemCode } from '../../errors.ts'
import type { TurnError } from '../runner.ts'
import { readTail } from '../tail.ts'
import { readError, type OpencodeEvent } from './event.ts'

/** The log of a session: every event of it as a line of JSON, and what was answered to it. */
export interface SessionLog {
  write(event: OpencodeEvent): void
  note(type: string, properties: Record<string, unknown>): void
  /** Why something of it is missing; empty when nothing is. */
  trouble(): string
  close(): void
}

/** Events by the hundred that tell nothing which another does not tell. */
const noise = ['message.part.delta', 'session.updated', 'session.diff']

const Line = z.object({
  at: z.string(),
  type: z.string(),
  sessionId: z.string(),
  properties: z.record(z.string(), z.unknown()),
})

/** Opens the log `path` for appending; `now` stamps its lines. A log that can't be written is told of, and does no harm. */
export function openLog(path: string, sessionId: string, now: () => Date): SessionLog {
  let trouble = ''
  const attempt = <T>(action: () => T): T | undefined => {
    try {
      return action()
    } catch (error) {
      if (systemCode(error) === undefined) throw error
      trouble = `Its log could not be written: ${messageOf(error)}`
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

/** What is nested too deeply to be printed is left out: it must not end the stream of all sessions. */
function lineOf(event: LoggedEvent): string {
  try {
    return JSON.stringify(event)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return JSON.stringify({ ...event, properties: { omitted: 'nested too deeply' } })
  }
}

function openForAppending(path: string): number {
  mkdirSync(dirname(path), { recursive: true })
  const isTorn = !['', '\n'].includes(readTail(path, 1))
  const file = openSync(path, 'a')
  // Whoever wrote before was killed in the middle of a line.
  if (isTorn) appendFileSync(file, '\n')
  return file
}

/** The error that a log tells: opencode keeps none for a turn that never got an answer. What follows it repeats it. */
export function firstError(path: string): TurnError | undefined {
  return readLog(path)
    .flatMap(({ type, properties, at }) =>
      type === 'session.error' ? [readError(properties['error'], Date.parse(at))] : [],
    )
    .find((error) => error !== undefined)
}

/** An event as a log has it. */
export interface LoggedEvent extends OpencodeEvent {
  /** ISO time. */
  at: string
}

/**
 * The events of a log, oldest first; a line that was cut off when a writer was killed is left out. A log that can't be
 * read tells nothing: the server knows how its sessions are.
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
