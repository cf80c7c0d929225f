import type { FixOutput } from '../../machines/fix-context.ts'
import { runFix } from '../engine/fix-flow.ts'
import type { RunningThread } from '../engine/owners.ts'
import { exitCodes, WorkError } from '../errors.ts'
import { addStage } from './add-stage.ts'
import { openStream } from './context.ts'
import { FixDesk } from './fix-desk.ts'
import { fixInput, isAddStage, type FixOptions } from './fix-input.ts'
import { notPossible } from './not-possible.ts'
import { say } from './output.ts'
import { describeRunning, nextWhileRunning } from './running.ts'

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
    return await exitCodeOf(await runFix(input, desk), options, desk)
  } finally {
    await desk.close()
  }
}

async function exitCodeOf(
  { end, results, refusal, error }: FixOutput,
  { thread }: FixOptions,
  desk: FixDesk,
): Promise<number> {
  switch (end) {
    case 'done':
      return desk.exitCode
    case 'nothing':
      throw nothingToFix(await desk.findRunning())
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

function nothingToFix({ stream, running }: { stream: string; running: RunningThread[] }): WorkError {
  const words = `There is nothing to fix in ${stream}: no thread has failed or was interrupted.`
  if (running.length === 0)
    return new WorkError(words, {
      code: 'nothing-to-fix',
      hint: 'work continue goes on with what is left.',
    })
  return new WorkError(
    [
      `${words} ${running.length} ${running.length === 1 ? 'runs' : 'run'}:`,
      ...describeRunning(running),
    ].join('\n'),
    {
      code: 'nothing-to-fix',
      hint: nextWhileRunning(stream, running),
      facts: { running },
    },
  )
}
