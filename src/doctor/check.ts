import { messageOf, WorkError } from '../errors.ts'
import { explainRefusal } from '../files/refusal.ts'
import { hintOf, type Hint, type HintSource } from '../text/hint.ts'

/** One result of `work doctor`. */
export interface Check {
  /** Its subject: `git`, `opencode`, `agent default`, … */
  name: string
  /** A `problem` prevents work; a `warning` affects a part of it. */
  state: 'ok' | 'warning' | 'problem'
  /** What was found. */
  text: string
  /** What to do about it. */
  hint: Hint | null
}

export function ok(name: string, text: string): Check {
  return { name, state: 'ok', text, hint: null }
}

export function warning(name: string, text: string, hint: HintSource): Check {
  return { name, state: 'warning', text, hint: hintOf(hint) }
}

export function problem(name: string, text: string, hint: HintSource): Check {
  return { name, state: 'problem', text, hint: hintOf(hint) }
}

/** A check that failed itself. The doctor must not crash because of what it finds. */
export function objection(name: string, state: Check['state'], error: unknown): Check {
  const known = error instanceof WorkError ? error : explainRefusal(error)
  if (known !== undefined) return { name, state, text: known.message, hint: known.advice ?? null }
  return { name, state: 'problem', text: `check failed: ${messageOf(error)}`, hint: null }
}

/** The results of a check, or one result saying why it could not run. */
export async function checked(name: string, check: () => Check[] | Promise<Check[]>): Promise<Check[]> {
  try {
    return await check()
  } catch (error) {
    return [objection(name, 'problem', error)]
  }
}
