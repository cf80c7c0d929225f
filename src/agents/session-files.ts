import { readFileSync } from 'node:fs'
import * as z from 'zod/mini'
import { messageOf, systemCode, WorkError } from '../errors.ts'
import type { ExitFile, SessionFiles, StartFile } from './recorder-files.ts'
import { lastLines, readTail } from './tail.ts'

const Identity = z.object({ pid: z.int(), startTicks: z.string(), host: z.string(), bootId: z.string() })

const Start = z.union([
  z.object({ abandoned: z.literal(true), at: z.string() }),
  z.object({ recorder: Identity, agent: z.optional(Identity), at: z.string() }),
])

const Exit = z.union([
  z.object({ error: z.object({ code: z.string(), message: z.string() }), at: z.string() }),
  z.object({ code: z.nullable(z.int()), signal: z.nullable(z.string()), at: z.string() }),
])

/** Who runs the session, or that nobody ever will; undefined when it was never claimed. */
export function readStart(files: SessionFiles): StartFile | undefined {
  return readJson(files.start, Start)
}

/** How the session's program ended; undefined when nobody has recorded that. */
export function readExit(files: SessionFiles): ExitFile | undefined {
  return readJson(files.exit, Exit)
}

/** Whether the agent has written anything at all. */
export function hasOutput(files: SessionFiles): boolean {
  return readTail(files.out, 1) !== '' || readTail(files.err, 1) !== ''
}

/** The last line of output that says something; empty when there is none. Control sequences are taken out. */
export function lastLine(files: SessionFiles): string {
  return lastLines(readTail(files.out, 4096), 1).join()
}

/** The lines worth showing of why a session ended: the end of its error output, else of its output. */
export function lastWords(files: SessionFiles): string {
  const errors = lastLines(readTail(files.err, 2048), 6)
  return (errors.length > 0 ? errors : lastLines(readTail(files.out, 2048), 6)).join('\n')
}

function readJson<Schema extends z.ZodMiniType>(path: string, schema: Schema): z.infer<Schema> | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
  try {
    return schema.parse(JSON.parse(text))
  } catch (error) {
    throw new WorkError(`${path} can't be read: ${messageOf(error)}`, {
      code: 'bad-session-file',
      hint: 'It was written by the recorder of that session. Move it away to have the session count as lost.',
      cause: error,
    })
  }
}
