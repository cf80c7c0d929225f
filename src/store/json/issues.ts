import type * as z from 'zod/mini'
import { isRecord } from './guard.ts'
import type { PathStep } from './position.ts'

/** A place in a value that does not match its schema, as text. */
export interface Issue {
  path: PathStep[]
  /** `tasks[3] (01.01.01.04).status: found "doing", expected one of pending, in_progress, …` */
  text: string
}

/** Describes the first problem that zod found. */
export function describeIssue(error: z.core.$ZodError, value: unknown): Issue {
  const issue = error.issues[0]
  if (issue === undefined) return { path: [], text: 'it is invalid' }
  const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)))
  const words = describePath(value, path)
  const found = describeValue(valueAt(value, path))
  const text = `found ${found}, expected ${describeExpected(issue)}`
  return { path, text: words === '' ? text : `${words}: ${text}` }
}

/** The value that was found, short enough for a message. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (typeof value === 'object') return 'an object'
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

/** `tasks[3] (01.01.01.04).status`: items are named by their id or name. */
export function describePath(value: unknown, path: readonly PathStep[]): string {
  return path
    .map((step, index) => {
      if (typeof step === 'string') return index === 0 ? step : `.${step}`
      const name = nameOf(valueAt(value, path.slice(0, index + 1)))
      return name === undefined ? `[${step}]` : `[${step}] (${name})`
    })
    .join('')
}

function nameOf(item: unknown): string | undefined {
  if (!isRecord(item)) return undefined
  return [item['id'], item['sessionId'], item['threadId'], item['name']].find(
    (name) => typeof name === 'string',
  )
}

function valueAt(value: unknown, path: readonly PathStep[]): unknown {
  return path.reduce<unknown>((at, step) => {
    if (Array.isArray(at)) return at[Number(step)]
    return isRecord(at) ? at[step] : undefined
  }, value)
}

const kinds: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

/** zod/mini has only "Invalid input" unless a schema has its own text. */
function describeExpected(issue: z.core.$ZodIssue): string {
  if (issue.message !== 'Invalid input') return issue.message
  if (issue.code === 'invalid_value') return `one of ${issue.values.map(String).join(', ')}`
  if (issue.code === 'invalid_type') return kinds[issue.expected] ?? `a ${issue.expected}`
  return 'something else'
}
