import { WorkError } from '../errors.ts'

/** One thing that `work doctor` has looked at. */
export interface Check {
  /** What it is about: `git`, `opencode`, `agent default`, … */
  name: string
  /** A `problem` keeps work from being done; a `warning` keeps a part of it. */
  state: 'ok' | 'warning' | 'problem'
  /** What was found. */
  text: string
  /** What to do about it. */
  hint: string | null
}

export function ok(name: string, text: string): Check {
  return { name, state: 'ok', text, hint: null }
}

export function warning(name: string, text: string, hint: string): Check {
  return { name, state: 'warning', text, hint }
}

export function problem(name: string, text: string, hint: string): Check {
  return { name, state: 'problem', text, hint }
}

/** What a `WorkError` says, as a check; any other error is a bug and is thrown on. */
export function objection(name: string, state: Check['state'], error: unknown): Check {
  if (!(error instanceof WorkError)) throw error
  return { name, state, text: error.message, hint: error.hint ?? null }
}

/** `one, two, three and 4 more`. */
export function listSome(words: string[], most = 3): string {
  const rest = words.length - most
  return rest > 0 ? `${words.slice(0, most).join(', ')} and ${rest} more` : words.join(', ')
}
