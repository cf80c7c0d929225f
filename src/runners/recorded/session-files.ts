import { readFileSync } from 'node:fs'
import * as z from 'zod/mini'
import { messageOf, systemCode, WorkError } from '../../errors.ts'
import type { ExitFile, SessionFiles, StartFile } from './recorder-files.ts'
import { isMissing, lastLines, readTail } from '../tail.ts'

const Identity = z.object({
  pid: z.int(),
  startTicks: z.string(),
  host: z.string(),
  bootId: z.string(),
  pidNamespace: z.optional(z.string()),
})

/** A reason of a later version is ignored. */
const endedFor = z.catch(z.optional(z.literal('timeout')), undefined)

const Start = z.union([
  z.object({ abandoned: z.literal(true), at: z.string() }),
  z.object({
    recorder: Identity,
    agent: z.optional(Identity),
    at: z.string(),
    timeout: z.optional(z.number()),
    endedFor,
  }),
])

const Exit = z.union([
  z.object({ error: z.object({ code: z.string(), message: z.string() }), at: z.string() }),
  z.object({ code: z.nullable(z.int()), signal: z.nullable(z.string()), at: z.string(), endedFor }),
])

/** Who runs the session, or that it must not be started; undefined if it was never claimed. */
export function readStart(files: SessionFiles): StartFile | undefined {
  return readJson(files.start, Start)
}

/** How the session's program ended; undefined if that was not recorded. */
export function readExit(files: Pick<SessionFiles, 'exit'>): ExitFile | undefined {
  return readJson(files.exit, Exit)
}

/** Whether the agent has written anything at all. */
export function hasOutput(files: SessionFiles): boolean {
  return endOf(files.out, 1) !== '' || endOf(files.err, 1) !== ''
}

/** The last line of output with text; empty if there is none. Control sequences are removed. */
export function lastLine(files: SessionFiles): string {
  return lastLines(endOf(files.out, 4096), 1).join()
}

/** The lines that best show why a session ended: the end of its error output, otherwise of its output. */
export function lastWords(files: SessionFiles): string {
  return lastErrors(files) || lastLines(endOf(files.out, 2048), 6).join('\n')
}

/** The end of its error output. */
export function lastErrors(files: Pick<SessionFiles, 'err'>): string {
  return lastLines(endOf(files.err, 2048), 6).join('\n')
}

/** The end of a log. For an unreadable log, a message saying so: logs decide nothing. */
function endOf(path: string, most: number): string {
  try {
    return readTail(path, most)
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return `Can't read its log: ${messageOf(error)} (${path})`
  }
}

function readJson<Schema extends z.ZodMiniType>(path: string, schema: Schema): z.infer<Schema> | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw badFile(path, messageOf(error), error)
  }
  try {
    return schema.parse(JSON.parse(text))
  } catch (error) {
    throw badFile(path, 'not written by a recorder', error)
  }
}

function badFile(path: string, why: string, cause: unknown): WorkError {
  return new WorkError(`${path} can't be read: ${why}.`, { code: 'bad-session-file', cause })
}
