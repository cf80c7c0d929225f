import type { FixOutput } from '../../../../machines/fix-context.ts'
import { runFix } from '../../../engine/run-fix.ts'
import { exitCodes, WorkError } from '../../../errors.ts'
import { addStage } from '../plan/add-stage.ts'
import { openStream } from '../../context.ts'
import { FixDesk } from './fix-effects.ts'
import { fixInput, isAddStage, type FixOptions } from './fix-flags.ts'
import { notPossible } from './fix-refusal.ts'
import { say } from '../../output.ts'
import { describeRunning, nextWhileRunning } from '../run/running-threads.ts'
import { advice, work } from '../../../text/hint.ts'

export type { FixOptions }

/** `work fix`: from a thread that did not complete back to work, guided where flags do not say what is wanted. */
export async function fix(words: readonly string[], asked: FixOptions): Promise<number> {
  const options = words.length === 0 ? asked : { ...asked, thread: [...words, ...(asked.thread ?? [])] }
  const { stage, name } = options
  if (isAddStage(options) && stage !== undefined && name !== undefined) {
    say(advice`${work('fix')} --stage is now ${work('add-stage')}, which is run instead.`)
    await addStage({ ...options, stage, name })
    return 0
  }
  const input = fixInput(options)
  const context = openStream(options)
  const desk = new FixDesk(context, options, 'fix')
  try {
    return await exitCodeOf(await runFix(input, desk), options, desk)
  } finally {
    await desk.scene.close()
  }
}

async function exitCodeOf(
  { end, results, order, refusal, error }: FixOutput,
  { thread }: FixOptions,
  desk: FixDesk,
): Promise<number> {
  switch (end) {
    case 'done':
      return desk.exitCode
    case 'nothing':
      throw nothingToFix(await desk.scene.lookAround())
    case 'refused':
      throw notPossible(refusal, thread)
    case 'ordered':
      if (order !== null) await desk.scene.showOrders([order])
      return 0
    case 'skipped':
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

function nothingToFix({
  stream,
  here,
  running,
  isDone,
}: Awaited<ReturnType<FixDesk['scene']['lookAround']>>): WorkError {
  const why = isDone ? 'every thread is done' : 'no thread has failed or was interrupted'
  const words = `There is nothing to fix in ${stream}: ${why}.`
  const code = 'nothing-to-fix'
  if (running.length === 0) {
    const hint = isDone ? advice`${work('status')} shows it.` : advice`${work('run')} runs the rest.`
    return new WorkError(words, { code, hint })
  }
  const count = `${running.length} ${running.length === 1 ? 'runs' : 'run'}:`
  return new WorkError([`${words} ${count}`, ...describeRunning(running)].join('\n'), {
    code,
    hint: nextWhileRunning(here, running),
    facts: { running },
  })
}
