import * as z from 'zod/mini'
import type { TurnError } from './turn-error.ts'

/** An event of a server about one of its sessions. */
export interface OpencodeEvent {
  type: string
  sessionId: string
  properties: Record<string, unknown>
}

const Envelope = z.object({
  payload: z.object({ type: z.string(), properties: z.record(z.string(), z.unknown()) }),
})

const ErrorShape = z.object({
  name: z.string(),
  data: z.optional(
    z.object({
      message: z.optional(z.string()),
      statusCode: z.optional(z.number()),
      responseHeaders: z.optional(z.record(z.string(), z.string())),
    }),
  ),
})

const PartShape = z.object({
  messageID: z.optional(z.string()),
  type: z.string(),
  text: z.optional(z.string()),
  tool: z.optional(z.string()),
  state: z.optional(
    z.object({
      status: z.string(),
      title: z.optional(z.string()),
      input: z.optional(z.record(z.string(), z.unknown())),
    }),
  ),
})

const Retry = z.object({
  type: z.literal('retry'),
  message: z.string(),
  attempt: z.number(),
  next: z.number(),
})

const AnswerShape = z.object({
  id: z.string(),
  role: z.literal('assistant'),
  cost: z.number(),
  tokens: z.object({
    input: z.number(),
    output: z.number(),
    reasoning: z.number(),
    cache: z.object({ read: z.number(), write: z.number() }),
  }),
})

const PermissionShape = z.object({
  id: z.string(),
  permission: z.string(),
  patterns: z.optional(z.array(z.string())),
})

/** Parses an event of the stream; undefined if it is not about a session. */
export function readEvent(value: unknown): OpencodeEvent | undefined {
  const { data } = z.safeParse(Envelope, value)
  if (data === undefined) return undefined
  const { type, properties } = data.payload
  const sessionId = properties['sessionID']
  return typeof sessionId === 'string' ? { type, sessionId, properties } : undefined
}

/** Parses an error in a message or event that occurred `at` (milliseconds since 1970); undefined for none. */
export function readError(value: unknown, at: number): TurnError | undefined {
  const { data } = z.safeParse(ErrorShape, value)
  if (data === undefined) return undefined
  const { message = data.name, statusCode, responseHeaders } = data.data ?? {}
  return {
    name: data.name,
    message,
    status: statusCode,
    retryAt: retryTime(responseHeaders?.['retry-after'], at),
  }
}

/** The time in a `retry-after` header: seconds from `at`, or a date. */
function retryTime(header: string | undefined, at: number): string | undefined {
  if (header === undefined) return undefined
  return isoTime(/^\d+$/.test(header) ? at + Number(header) * 1000 : Date.parse(header))
}

/** Milliseconds since 1970 as an ISO time; undefined if invalid, because providers may send anything. */
export function isoTime(ms: number): string | undefined {
  const time = new Date(ms)
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString()
}

/** A permission that a session waits for; undefined for any other event. */
export function readPermission({
  type,
  properties,
}: OpencodeEvent): { id: string; what: string } | undefined {
  if (type !== 'permission.asked') return undefined
  const { data } = z.safeParse(PermissionShape, properties)
  if (data === undefined) return undefined
  return { id: data.id, what: [data.permission, ...(data.patterns ?? [])].join(' ') }
}

/**
 * A temporary refusal by a provider, which is asked again at `next` (milliseconds since 1970); undefined for any other
 * event.
 */
export function readRetry({ type, properties }: OpencodeEvent): z.infer<typeof Retry> | undefined {
  return type === 'session.status' ? z.safeParse(Retry, properties['status']).data : undefined
}

/** The usage of one answer so far; undefined for any other event. */
export function readUsage({
  type,
  properties,
}: OpencodeEvent): { answer: string; usage: ReturnType<typeof usageOfAnswer> } | undefined {
  if (type !== 'message.updated') return undefined
  const { data } = z.safeParse(AnswerShape, properties['info'])
  return data === undefined ? undefined : { answer: data.id, usage: usageOfAnswer(data) }
}

/** The tokens of an answer as they are counted and billed: tokens read from a cache are input too. */
export function usageOfAnswer({ tokens, cost }: Omit<z.infer<typeof AnswerShape>, 'id' | 'role'>) {
  return {
    inputTokens: tokens.input + tokens.cache.read + tokens.cache.write,
    outputTokens: tokens.output + tokens.reasoning,
    cost,
  }
}

/** The total usage of several answers. */
export function sumUsage(usages: ReturnType<typeof usageOfAnswer>[]): ReturnType<typeof usageOfAnswer> {
  return usages.reduce(
    (total, usage) => ({
      inputTokens: total.inputTokens + usage.inputTokens,
      outputTokens: total.outputTokens + usage.outputTokens,
      cost: total.cost + usage.cost,
    }),
    { inputTokens: 0, outputTokens: 0, cost: 0 },
  )
}

/** The message that a part belongs to; undefined for any other event. */
export function messageIdOf({ properties }: OpencodeEvent): string | undefined {
  return z.safeParse(PartShape, properties['part']).data?.messageID
}

/** The activity that an event shows, in one line; undefined if it shows nothing new. */
export function describeActivity(event: OpencodeEvent): string | undefined {
  const retry = readRetry(event)
  if (retry !== undefined) return `retry ${retry.attempt}: ${retry.message}`
  if (event.type !== 'message.part.updated') return undefined
  const { data } = z.safeParse(PartShape, event.properties['part'])
  if (data?.type === 'text') return lastLineOf(data.text ?? '')
  return data?.type === 'tool' ? describeTool(data) : undefined
}

function describeTool({ tool = '', state }: z.infer<typeof PartShape>): string | undefined {
  if (state === undefined || state.status === 'pending') return undefined
  const { command, filePath, pattern } = state.input ?? {}
  const what = [command, filePath, pattern].find((value) => typeof value === 'string') ?? state.title ?? ''
  return `${tool}: ${what}`
}

function lastLineOf(text: string): string | undefined {
  return text.trim().split('\n').at(-1) || undefined
}
