import type { IsolationMode } from '../../../clones/settings.ts'
import { requireIsolation } from '../../../clones/stream-branch.ts'
import { exitCodes, messageOf, WorkError } from '../../../errors.ts'
import { plainText } from '../../../text/sanitize.ts'
import { confirmOrNot } from '../../../ui/prompt.ts'
import { isAgent, type CommonOptions } from '../../context.ts'
import { canAsk } from '../../interactive.ts'
import { say } from '../../output.ts'

export interface IsolationOptions extends CommonOptions {
  /** What new workstreams are isolated by. */
  isolation?: IsolationMode
}

/**
 * Decides whether threads work in clones, for a new agents.yaml: by the flag, else by a question on a terminal, else they
 * do not. Says why where they can't.
 */
export async function chooseIsolation(root: string, options: IsolationOptions): Promise<IsolationMode> {
  const { isolation } = options
  if (isolation === 'none' || (isolation === undefined && (!canAsk(options) || isAgent()))) return 'none'
  const obstacle = await obstacleIn(root)
  if (isolation === 'clone') {
    if (obstacle !== undefined) say(plainText(`Warning: ${obstacle}`))
    return isolation
  }
  if (obstacle !== undefined) {
    say(plainText(`Threads will share this working tree: ${obstacle}`))
    return 'none'
  }
  const answer = await confirmOrNot(
    'Should each thread work in a clone of its own, and be merged when it is done?',
  )
  if (answer.type === 'chosen') return answer.value ? 'clone' : 'none'
  throw new WorkError('Cancelled: nothing was created.', {
    code: 'cancelled',
    exitCode: exitCodes.interrupted,
  })
}

/** Why threads can't work in clones here, in one line; undefined if they can. */
async function obstacleIn(root: string): Promise<string | undefined> {
  try {
    await requireIsolation(root, process.env)
    return undefined
  } catch (error) {
    if (error instanceof WorkError) return messageOf(error).split('\n')[0]
    throw error
  }
}
