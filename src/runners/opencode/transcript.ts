import * as z from 'zod/mini'
import { readError, readRetry } from './events.ts'

/** One step of an opencode session; its text may have several lines. */
interface TranscriptEntry {
  /** ISO time. */
  at: string
  /** `result` is how the previous tool ended. */
  kind: 'text' | 'tool' | 'result' | 'permission' | 'retry' | 'error'
  text: string
}

/** Reads the log of a session line by line. */
export interface Transcript {
  /** The entries that a line of the log adds. Most lines add none, and so do unreadable lines. */
  read(line: string): TranscriptEntry[]
}

const Line = z.object({
  at: z.string(),
  type: z.string(),
  sessionId: z.string(),
  properties: z.record(z.string(), z.unknown()),
})
type Line = z.infer<typeof Line>

const ToolState = z.object({
  status: z.string(),
  title: z.optional(z.string()),
  input: z.optional(z.record(z.string(), z.unknown())),
  error: z.optional(z.string()),
  output: z.optional(z.string()),
  metadata: z.optional(z.record(z.string(), z.unknown())),
})
type ToolState = z.infer<typeof ToolState>

const Part = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('text'),
    id: z.string(),
    messageID: z.string(),
    text: z.string(),
    time: z.optional(z.object({ end: z.optional(z.number()) })),
  }),
  z.object({ type: z.literal('tool'), id: z.string(), tool: z.string(), state: ToolState }),
])
type Part = z.infer<typeof Part>

const Message = z.object({ id: z.string(), role: z.string(), finish: z.optional(z.string()) })

const Answer = z.object({
  what: z.string(),
  reply: z.optional(z.string()),
  failed: z.optional(z.string()),
})

/** Number of lines shown of a failed command's output. */
const lastLines = 5

/** Builds a readable transcript of a session's event log: each step once, although several events report it. */
export function createTranscript(): Transcript {
  const told = new Set<string>()
  const users = new Set<string>()
  /** The last tool mentioned, whose result needs no name. */
  let lastTool = ''
  let lastError = false

  const once = (key: string, ...texts: [TranscriptEntry['kind'], string][]) => {
    if (told.has(key)) return []
    told.add(key)
    return texts.map(([kind, text]) => ({ kind, text }))
  }

  const readPart = (part: Part) => {
    if (part.type === 'text') {
      const isWhole = part.time?.end !== undefined && part.text.trim() !== ''
      return isWhole && !users.has(part.messageID) ? once(part.id, ['text', part.text.trim()]) : []
    }
    const { id, tool, state } = part
    if (state.status === 'pending') return []
    const call = describeCall(tool, state)
    const begun = once(id, ['tool', call])
    if (begun.length > 0) lastTool = id
    if (state.status !== 'completed' && state.status !== 'error') return begun
    const result = describeResult(state)
    if (result === undefined) return begun
    const name = lastTool === id ? '' : `${call.split('\n')[0]}: `
    return [...begun, ...once(`${id} end`, ['result', name + result])]
  }

  const readLine = ({ type, properties, at }: Line): Omit<TranscriptEntry, 'at'>[] => {
    switch (type) {
      case 'message.part.updated': {
        const { data } = z.safeParse(Part, properties['part'])
        return data === undefined ? [] : readPart(data)
      }
      case 'message.updated': {
        const { data } = z.safeParse(Message, properties['info'])
        if (data?.role === 'user') users.add(data.id)
        const cut = data?.finish === undefined ? undefined : cuts.get(data.finish)
        return cut === undefined || data === undefined ? [] : once(data.id, ['error', cut])
      }
      case 'session.status': {
        const retry = readRetry({ type, properties, sessionId: '' })
        if (retry === undefined) return []
        return once(`retry ${retry.next}`, ['retry', `Retry ${retry.attempt}: ${retry.message}`])
      }
      case 'session.error': {
        // Errors after the first repeat it with a stack trace.
        const error = lastError ? undefined : readError(properties['error'], Date.parse(at))
        if (error === undefined) return []
        return [
          {
            kind: 'error',
            text: error.status === undefined ? error.message : `${error.status} ${error.message}`,
          },
        ]
      }
      case 'work.permission': {
        const { data } = z.safeParse(Answer, properties)
        return data === undefined ? [] : [{ kind: 'permission', text: describeAnswer(data) }]
      }
      default:
        return []
    }
  }

  return {
    read(text) {
      const line = parseLine(text)
      if (line === undefined) return []
      const entries = readLine(line).map((entry) => ({ at: line.at, ...entry }))
      if (line.type === 'session.error') lastError = true
      else if (entries.length > 0) lastError = false
      const last = entries.at(-1)
      if (last !== undefined && last.kind !== 'tool' && last.kind !== 'result') lastTool = ''
      return entries
    },
  }
}

/** Ways in which an answer can be incomplete. */
const cuts = new Map([
  ['length', 'The response was cut off because it was too long.'],
  ['content-filter', "The response was stopped by the provider's content filter."],
])

function parseLine(line: string): Line | undefined {
  try {
    return z.safeParse(Line, JSON.parse(line)).data
  } catch {
    return undefined
  }
}

function describeCall(tool: string, { input = {}, title }: ToolState): string {
  const { command, filePath, pattern, url, description } = input
  if (tool === 'bash' && typeof command === 'string') return `$ ${command}`
  const what = [filePath, pattern, url, description].find((value) => typeof value === 'string') ?? title
  return typeof what === 'string' && what !== '' ? `${tool}: ${what}` : tool
}

/** How a tool ended, if that is not the expected way. */
function describeResult({ status, error, output = '', metadata }: ToolState): string | undefined {
  if (status === 'error') return `failed: ${error ?? 'no reason given'}`
  const exit = metadata?.['exit']
  if (typeof exit !== 'number') return undefined
  const words = exit === 0 ? [] : output.trimEnd().split('\n').slice(-lastLines)
  return [`exit ${exit}`, ...words].join('\n').trimEnd()
}

function describeAnswer({ what, reply, failed }: z.infer<typeof Answer>): string {
  if (failed !== undefined) return `${what}: could not be answered: ${failed}`
  return reply === 'reject' ? `rejected: ${what}` : `allowed ${reply ?? ''}: ${what}`
}
