import { exitCodes, WorkError } from '../errors.ts'
import type { CommonOptions } from './context.ts'
import type { HintSource } from '../text/hint.ts'

/**
 * Before a question: throws a `WorkError` (`needs-answer`) with the flags that answer it when there is nobody to ask, as
 * in a pipe, in a terminal that can't move its cursor, or beside JSON.
 */
export function requirePerson(options: CommonOptions, question: string, flags: HintSource): void {
  if (canAsk(options)) return
  throw new WorkError(`${question} There is no terminal to ask on.`, {
    code: 'needs-answer',
    hint: flags,
    exitCode: exitCodes.usage,
  })
}

/** Whether there is a terminal to ask on. */
export function canAsk({ json }: CommonOptions): boolean {
  return process.stdin.isTTY && process.stdout.isTTY && json !== true && process.env['TERM'] !== 'dumb'
}
