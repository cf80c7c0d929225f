import type { FixRefusal } from '../../../../machines/fix-context.ts'
import { WorkError } from '../../../errors.ts'
import { advice, work } from '../../../text/hint.ts'

/** Why a fix can't be done to these threads, or to all that failed, and what can be done instead. */
export function notPossible(refused: FixRefusal | null, ids: readonly string[] | undefined): WorkError {
  const threads = ids === undefined ? ['--all-failed'] : ['--thread', ...ids]
  const hints = {
    resume: work('fix', ...threads, '--resume'),
    deliver: work('merge'),
    retry: work('fix', ...threads, '--retry'),
    swap: work('fix', ...threads, '--agent', '<name>'),
    stage: advice`${work('fix', '--new-stage')} adds a stage that fixes it.`,
  }
  return new WorkError(refused?.refusal ?? 'That is not possible.', {
    code: 'not-possible',
    hint: hints[refused?.instead ?? 'stage'],
  })
}
