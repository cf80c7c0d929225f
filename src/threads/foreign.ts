import { loadRunner } from '../runners/registry.ts'
import { describeForeign, type ForeignSession } from '../process/origin.ts'
import { exitCodes, WorkError } from '../errors.ts'
import type { StreamPaths } from '../paths.ts'
import type { ThreadFacts } from './thread.ts'
import { advice, work, type Hint } from '../text/hint.ts'

export { describeForeign } from '../process/origin.ts'

/** The same threads, with a mark on each whose last session this checkout must not watch, stop or resume. */
export async function markForeign(
  threads: readonly ThreadFacts[],
  stream: StreamPaths,
): Promise<ThreadFacts[]> {
  return await Promise.all(
    threads.map(async (thread) => {
      const foreign = await foreignTo(thread, stream)
      return foreign === undefined ? thread : { ...thread, foreign }
    }),
  )
}

/** Why this checkout must not act on the running session of a thread; undefined if it may, or if none is running. */
export async function foreignTo(
  { status, sessions }: ThreadFacts,
  { root }: StreamPaths,
): Promise<ForeignSession | undefined> {
  const record = sessions.at(-1)
  if (status !== 'running' || record === undefined) return undefined
  return (await loadRunner(record.runner)).foreignTo({ record, root })
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
export function wayOutOf(id: string, { type }: ForeignSession): Hint {
  return type === 'elsewhere'
    ? advice`${work('fix', '--thread', id, '--retry')} starts a new session in this checkout.`
    : advice`${work('continue')} there supervises it. If you are sure that it has ended: ${work('fix', '--thread', id, '--retry', '--force')}`
}
