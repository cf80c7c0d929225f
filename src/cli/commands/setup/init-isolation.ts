import type { IsolationMode } from '../../../clones/settings.ts'
import { requireIsolation } from '../../../clones/stream-branch.ts'
import { exitCodes, WorkError } from '../../../errors.ts'
import { advice, work } from '../../../text/hint.ts'
import { askYes } from '../../../ui/prompt.ts'
import { say, type OutputLine } from '../../output.ts'

export interface IsolationOptions {
  /** Decides without a question. */
  isolation?: IsolationMode
  /** Asks nothing. */
  yes?: boolean
}

/**
 * Decides how threads are isolated by a new agents.yaml: by the flag, else by a question on a terminal, else not at all.
 * Where git can't do it, it says why and does not ask. Throws a `WorkError` (`cancelled`) on Ctrl-C.
 */
export async function chooseIsolation(
  root: string,
  env: Record<string, string>,
  { isolation, asks }: IsolationOptions & { asks: boolean },
): Promise<IsolationMode> {
  if (isolation === 'none' || (isolation === undefined && !asks)) return 'none'
  const obstacle = await obstacleIn(root, env)
  if (isolation === 'clone') {
    if (obstacle !== undefined) say(`Warning: ${obstacle.message}`, ...nextOf(obstacle))
    return 'clone'
  }
  if (obstacle !== undefined) {
    say(`Threads will share this working tree: ${obstacle.message}`)
    return 'none'
  }
  const answer = await askYes('Should each thread work in a clone of its own?')
  if (answer.type === 'cancel') throw cancelled()
  return answer.type === 'chosen' ? 'clone' : 'none'
}

/** What a new agents.yaml says about isolation. */
export function describeNewIsolation(isolation: IsolationMode): OutputLine[] {
  if (isolation === 'none') return []
  return [
    'Each thread will work in a clone of its own, and its work is merged into the branch of its workstream.',
    { next: advice`${work('edit', '--agents')}   set how clones are prepared (setup) and verified (verify)` },
  ]
}

export function cancelled(): WorkError {
  return new WorkError('Cancelled: nothing was created.', {
    code: 'cancelled',
    exitCode: exitCodes.interrupted,
  })
}

async function obstacleIn(root: string, env: Record<string, string>): Promise<WorkError | undefined> {
  try {
    await requireIsolation(root, env)
    return undefined
  } catch (error) {
    if (error instanceof WorkError) return error
    throw error
  }
}

function nextOf({ advice: next }: WorkError): OutputLine[] {
  return next === undefined ? [] : [{ next }]
}
