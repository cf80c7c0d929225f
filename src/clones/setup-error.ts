import { exitCodes, WorkError } from '../errors.ts'
import type { HintSource } from '../text/hint.ts'

/** The `WorkError` (`clone-setup`) for a clone that can't be prepared. */
export function setupError(message: string, hint?: HintSource, cause?: unknown): WorkError {
  return new WorkError(message, { code: 'clone-setup', hint, exitCode: exitCodes.unfinished, cause })
}
