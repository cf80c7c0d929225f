import type { FixOutput } from '../../machines/fix-context.ts'
import { runFix } from '../engine/fix-flow.ts'
import { exitCodes, WorkError } from '../errors.ts'
import { addStage } from './add-stage.ts'
import { openStream } from './context.ts'
import { FixDesk } from './fix-desk.ts'
import { fixInput, isAddStage, type FixOptions } from './fix-input.ts'
import { notPossible } from './not-possible.ts'
import { say } from './output.ts'

export type { FixOptions }

/** `work fix`: from a thread that did not complete back to work, guided where flags do not say what is wanted. */
export async function fix(options: FixOptions): Promise<number> {
  const { stage, name } = options
  if (isAddStage(options) && stage !== undefined && name !== undefined) {
    say('work fix --stage is work add-stage now; this does what that does.')
    await addStage({ ...options, stage, name })
    return 0
  }
  const input = fixInput(options)
  const context = openStream(options)
  const desk = new FixDesk(context, options, 'fix')
  try {
    return exitCodeOf(await runFix(input, desk), options, { desk, stream: context.entry.id })
  } finally {
    await desk.close()
  }
}

function exitCodeOf(
  { end, results, refusal, error }: FixOutput,
  { thread }: FixOptions,
  { desk, stream }: { desk: FixDesk; stream: string },
): number {
  switch (end) {
    case 'done':
      return desk.exitCode
    case 'nothing':
      throw new WorkError(`There is nothing to fix in ${stream}: no thread has failed or was interrupted.`, {
        code: 'nothing-to-fix',
        hint: 'work continue goes on with what is left.',
      })
    case 'refused':
      throw notPossible(refusal, thread)
    case 'left':
    case 'cancelled':
      if (results.length > 0) return exitCodes.interrupted
      throw new WorkError('Cancelled: nothing was changed.', {
        code: 'cancelled',
        exitCode: exitCodes.interrupted,
      })
    case 'failed':
      throw error
  }
}
