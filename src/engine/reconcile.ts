import type { Outcome } from '../../machines/outcome.ts'
import { givenUp } from '../../machines/thread-context.ts'
import { describeForeign } from '../process/origin.ts'
import type { StreamPaths } from '../paths.ts'
import { foreignTo } from '../threads/foreign.ts'
import { observeOutcome } from './probe.ts'
import { ownThreads } from '../threads/leases.ts'
import { savedOutcome } from './clone-effects.ts'
import { siteOf } from './clone-place.ts'
import type { RunWorld } from './run-context.ts'
import { settled, writeSnapshot } from '../threads/settle.ts'
import type { ThreadSnapshot } from '../threads/snapshot.ts'
import { threadsOf, type ThreadFacts } from '../threads/thread.ts'

/** Which foreign sessions the user abandons, so that new ones can be started here. */
export type GivenUp = 'none' | 'elsewhere' | 'all'

/**
 * Records the outcome of sessions of these threads that ended unsupervised, all in one change. Running sessions don't
 * change, nor do foreign ones that the user has not abandoned. Throws a `WorkError` (`thread-busy`) if another process
 * owns one of them.
 */
export async function settleEnded(
  world: RunWorld,
  threadIds: readonly string[],
  givesUp: GivenUp = 'none',
): Promise<void> {
  const { stream, tasks, now, command } = world
  const isLeft = ({ id, status }: ThreadFacts) => status === 'running' && threadIds.includes(id)
  const left = threadsOf(tasks.read()).filter(isLeft)
  if (left.length === 0) return
  const self = { pid: process.pid, command, since: now().toISOString() }
  const ids = left.map(({ id }) => id)
  const ownership = await ownThreads(stream, ids, self)
  try {
    const { isolation } = tasks.read()
    const snapshots: ThreadSnapshot[] = []
    // Read again: another process may have settled a thread before it was owned. A session is judged by what the file
    // says.
    for (const thread of threadsOf(tasks.readSound()).filter(isLeft)) {
      const outcome =
        (await observeOutcome(thread, stream, now)) ?? (await giveUpForeign(thread, stream, now, givesUp))
      if (outcome === undefined) continue
      const session = thread.sessions.at(-1)
      const site = session && siteOf(session, isolation, stream.root)
      const saved = session && (await savedOutcome(outcome, site, session, world.env))
      snapshots.push(settled(thread, saved ?? outcome))
    }
    if (snapshots.length === 0) return
    const at = now().toISOString()
    await tasks.commit((file) => {
      for (const snapshot of snapshots) writeSnapshot(file, snapshot, at)
    })
  } finally {
    ownership.release()
  }
}

/**
 * The record of a foreign session that the user abandons. The session itself is not touched and may continue
 * elsewhere.
 */
async function giveUpForeign(
  thread: ThreadFacts,
  stream: StreamPaths,
  now: () => Date,
  givesUp: GivenUp,
): Promise<Outcome | undefined> {
  const foreign = await foreignTo(thread, stream)
  if (foreign === undefined || givesUp === 'none') return undefined
  if (foreign.type === 'unknown' && givesUp !== 'all') return undefined
  return {
    ...givenUp(foreign.type),
    at: now().toISOString(),
    detail: `Abandoned here: it ${describeForeign(foreign)}.`,
  }
}
