import { answerOrder, receiveOrder } from '../../../engine/background.ts'
import { messageOf, WorkError } from '../../../errors.ts'
import { beginLog, endLog } from '../../command-log.ts'
import { openStream } from '../../context.ts'
import { backgroundWord } from './background-word.ts'
import { reportError } from '../../report-error.ts'
import { exitCodeOf } from './report.ts'
import { closeWorld, openWorld, showReport, watchRun } from './run-threads.ts'

/** The process in the background: runs what it is asked for, and prints as into a pipe. */
export async function runInBackground(): Promise<number> {
  let isAnswered = false
  const fail = async (error: unknown) => {
    const code = reportError(error, false)
    const { code: name, advice } = error instanceof WorkError ? error : { code: 'bug', advice: undefined }
    if (!isAnswered) {
      await answerOrder({
        type: 'failed',
        message: messageOf(error),
        code: name,
        hint: advice,
        exitCode: code,
      })
    }
    await endLog(code, error)
    return code
  }
  try {
    const { root, stream, command, server, tmux, request } = await receiveOrder()
    const options = { repoRoot: root, stream, server, tmux }
    await beginLog(backgroundWord, options)
    const world = { ...(await openWorld(openStream(options), options)), command }
    try {
      const report = await watchRun(world, request, options, (threads) => {
        isAnswered = true
        void answerOrder({ type: 'started', threads })
      })
      await showReport('run', world, report, options)
      const code = exitCodeOf(report)
      await endLog(code)
      return code
    } finally {
      await closeWorld(world)
    }
  } catch (error) {
    return fail(error)
  }
}
