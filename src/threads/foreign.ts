import { lookAt } from '../runners/command/inspect.ts'
import { foreignTo } from '../runners/opencode/foreign.ts'
import { describeForeign, type ForeignSession } from '../process/origin.ts'
import { exitCodes, WorkError } from '../errors.ts'
import type { StreamPaths } from '../paths.ts'
import type { ThreadFacts } from './thread.ts'

export { describeForeign } from '../process/origin.ts'

/** The same threads, with a mark on each whose last session this checkout must not watch, stop or resume. */
export function markForeign(threads: readonly ThreadFacts[], stream: StreamPaths): ThreadFacts[] {
  return threads.map((thread) => {
    const foreign = findForeign(thread, stream)
    return foreign === undefined ? thread : { ...thread, foreign }
  })
}

function findForeign({ status, sessions }: ThreadFacts, { root }: StreamPaths): ForeignSession | undefined {
  const record = sessions.at(-1)
  if (status !== 'running' || record === undefined) return undefined
  const seen = { record, root }
  if (record.runner === 'opencode') return foreignTo(seen)
  const look = lookAt(seen, '')
  return look.type === 'elsewhere' || look.type === 'unknown' ? look : undefined
}

/** The error for a thread with a foreign session, with a way to continue. */
export function foreignThread(
  { id, name, sessions }: Pick<ThreadFacts, 'id' | 'name' | 'sessions'>,
  foreign: ForeignSession,
): WorkError {
  const session = sessions.at(-1)?.sessionId ?? ''
  return new WorkError(`Thread ${id} "${name}": session ${session} ${describeForeign(foreign)}.`, {
    code: `session-${foreign.type}`,
    hint: wayOutOf(id, foreign),
    exitCode: exitCodes.usage,
  })
}

/** How to continue with a thread whose session is foreign: a command, and what it does. */
export function wayOutOf(id: string, { type }: ForeignSession): string {
  return type === 'elsewhere'
    ? `work fix --thread ${id} --retry starts a new session in this checkout.`
    : `work continue there supervises it. If you are sure that it has ended: work fix --thread ${id} --retry --force`
}
