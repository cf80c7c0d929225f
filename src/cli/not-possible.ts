import type { FixOption } from '../../machines/fix-context.ts'
import { WorkError } from '../errors.ts'

/** Why a fix can't be done to these threads, or to all that failed, and what can be done instead. */
export function notPossible(option: FixOption | null, ids: readonly string[] | undefined): WorkError {
  const threads = ids === undefined ? '--all-failed' : `--thread ${ids.join(' ')}`
  const hints = {
    resume: `work fix ${threads} --retry`,
    retry: `work fix ${threads} --agent <name>`,
    swap: `work fix ${threads} --retry`,
    stage: 'work fix',
  }
  return new WorkError(option?.refusal ?? 'That is not possible.', {
    code: 'not-possible',
    hint: hints[option?.action ?? 'stage'],
  })
}
