import { fromPromise, waitFor } from 'xstate'
import type { Ending, Outcome, Settlement, Sighting } from '../../machines/outcome.ts'
import { givenUp, type SessionInput, type ThreadContext } from '../../machines/thread-context.ts'
import { threadMachine } from '../../machines/thread.ts'
import type { ThreadEnvelope } from '../store/tasks/schema.ts'
import { describeForeign } from '../process/origin.ts'
import type { StreamPaths } from '../paths.ts'
import { markForeign } from '../threads/foreign.ts'
import { observeOutcome } from './probe.ts'
import { ownThreads } from '../threads/leases.ts'
import type { RunWorld } from './run-context.ts'
import { envelopeOf, restoreThread, type ThreadActor } from '../threads/snapshot.ts'
import { writeThread } from '../threads/write-thread.ts'
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
    const settled: ThreadActor[] = []
    // Read again: another process may have settled a thread before it was owned. A session is judged by what the file
    // says.
    for (const thread of threadsOf(tasks.readSound()).filter(isLeft)) {
      const outcome =
        (await observeOutcome(thread, stream, now)) ?? giveUpForeign(thread, stream, now, givesUp)
      if (outcome !== undefined) settled.push(await settledActor(thread, outcome))
    }
    await commitActors(world, settled)
  } finally {
    ownership.release()
  }
}

/**
 * The record of a foreign session that the user abandons. The session itself is not touched and may continue
 * elsewhere.
 */
function giveUpForeign(
  thread: ThreadFacts,
  stream: StreamPaths,
  now: () => Date,
  givesUp: GivenUp,
): Outcome | undefined {
  const foreign = markForeign([thread], stream)[0]?.foreign
  if (foreign === undefined || givesUp === 'none') return undefined
  if (foreign.type === 'unknown' && givesUp !== 'all') return undefined
  return {
    ...givenUp(foreign.type),
    at: now().toISOString(),
    detail: `Abandoned here: it ${describeForeign(foreign)}.`,
  }
}

/** The actor of a thread that was left running, led to the outcome of its session. Nothing is started on the way. */
export async function settledActor(thread: ThreadFacts, outcome: Outcome): Promise<ThreadActor> {
  const settlement: Settlement = { type: 'ended', outcome }
  const machine = threadMachine.provide({
    actors: {
      reconcileSession: fromPromise<Sighting, SessionInput & { ending: Ending | null }>(() =>
        Promise.resolve(settlement),
      ),
      endSession: fromPromise<Settlement, SessionInput & { ending: Ending }>(() =>
        Promise.resolve(settlement),
      ),
    },
  })
  const actor = restoreThread(machine, thread)
  actor.start()
  // It may have been left in `ending`; from there no other model is tried, so it is led out of it and back.
  actor.send({ type: 'RESTORED' })
  actor.send({ type: 'INTERRUPT', force: false })
  await waitFor(actor, (snapshot) => typeof snapshot.value === 'string')
  return actor
}

async function commitActors({ tasks, now }: RunWorld, actors: ThreadActor[]): Promise<void> {
  if (actors.length === 0) return
  const states = takeStates(actors, now().toISOString())
  await tasks.commit((file) => {
    for (const { context, envelope } of states) writeThread(file, context, envelope)
  })
}

/** Takes the states of these actors to be written; the actors are not used after this. */
export function takeStates(
  actors: ThreadActor[],
  at: string,
): { context: ThreadContext; envelope: ThreadEnvelope }[] {
  return actors.map((actor) => {
    const { context } = actor.getSnapshot()
    const envelope = envelopeOf(actor, at)
    actor.stop()
    return { context, envelope }
  })
}
