import { damageIn, unreadThreads } from '../../../threads/integrity.ts'
import type { ThreadFacts } from '../../../threads/thread.ts'
import { plainText } from '../../../text/sanitize.ts'
import { commandLog } from '../../command-log.ts'
import type { StreamContext } from '../../context.ts'
import { say, type OutputLine } from '../../output.ts'

/** Says what is damaged of these threads in the files of a workstream. It stops only who needs them. */
export function warnOfDamage(
  context: Pick<StreamContext, 'stream' | 'tasks'>,
  threads: readonly ThreadFacts[],
  warn: (warning: OutputLine) => void = (warning) => say(warning),
): void {
  const displaced = context.tasks.displaced()
  if (displaced !== undefined) {
    const { message, advice } = displaced
    warn(plainText(`Warning: ${message} Showing the last recorded state.`))
    if (advice !== undefined) warn({ next: advice })
  }
  for (const sentence of [...unreadThreads(context), ...damageIn(threads)]) {
    commandLog()?.write('warning', { text: sentence })
    warn(plainText(`Warning: ${sentence}`))
  }
}
