import { commandsOf, hintOf, hintText, type CommandLine, type Hint, type HintSource } from './text/hint.ts'

/** Exit codes of every command: 0 is success. */
export const exitCodes = {
  /** The work failed or is unfinished. */
  unfinished: 1,
  /** Wrong use or bad input: nothing was changed. */
  usage: 2,
  /** Stopped by Ctrl-C. */
  interrupted: 130,
} as const

export interface WorkErrorOptions {
  /** A stable kebab-case word for scripts, e.g. `thread-not-found`. */
  code: string
  /** What to do about it, best as a command to type. */
  hint?: HintSource | undefined
  /** Exit code of the process; 2 (bad input) by default. */
  exitCode?: number
  /** More about it for scripts, beside the words: fields of the error's JSON. */
  facts?: Record<string, unknown>
  cause?: unknown
}

/** Something a user can fix. Anything else that is thrown is a bug and shows its stack. */
export class WorkError extends Error {
  readonly code: string
  /** What to do about it: text with commands in it. */
  readonly advice: Hint | undefined
  readonly exitCode: number
  readonly facts: Record<string, unknown>

  constructor(message: string, options: WorkErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'WorkError'
    this.code = options.code
    this.advice = options.hint === undefined ? undefined : hintOf(options.hint)
    this.exitCode = options.exitCode ?? exitCodes.usage
    this.facts = options.facts ?? {}
  }

  /** What to do about it, as text. */
  get hint(): string | undefined {
    return this.advice === undefined ? undefined : hintText(this.advice)
  }

  /** The commands in the hint, each as its program and arguments. */
  get commands(): CommandLine[] {
    return this.advice === undefined ? [] : commandsOf(this.advice)
  }
}

/** The `code` of a system error (`ENOENT`, …), or undefined for anything else. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** A one-line text for any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
