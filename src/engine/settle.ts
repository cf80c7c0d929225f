import { fromPromise, waitFor } from 'xstate'
import type { Ending, Outcome, Settlement, Sighting } from '../../machines/outcome.ts'
import { givenUp, type SessionInput, type ThreadContext } from '../../machines/thread-context.ts'
import { threadMachine } from '../../machines/thread.ts'
import type { ThreadEnvelope } from '../store/tasks-schema.ts'
import { describeForeign } from '../agents/origin.ts'
import type { StreamPaths } from '../workspace.ts'
import { markForeign } from './foreign-threads.ts'
import { observeOutcome } from './observe.ts'
import { ownThreads } from './owners.ts'
import type { RunWorld } from './run-world.ts'
import { envelopeOf, restoreThread, type ThreadActor } from './snapshot.ts'
import { writeThread } from './thread-commit.ts'
import { threadsOf, type ThreadFacts } from './thread-facts.ts'

/** Which foreign sessions the user gives up, so that new ones can be started here. */
export type GivenUp = 'none' | 'elsewhere' | 'all'

/**
 * Records what became of the sessions of these threads that ended while nobody watched, all in one change. What lives
 * stays as it is, and so do foreign sessions that the user doesn't give up. Throws a `WorkError` (`thread-busy`) when another process owns one of them.
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
    // Read again: until it was owned, somebody else may have settled a thread. A session is judged by what the file says.
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

/** How a foreign session is recorded that the user gives up. Nothing is done to it: it may go on where it is. */
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
    detail: `Given up here: it ${describeForeign(foreign)}.`,
  }
}

/** The actor of a thread that was left running, led to what its session came to. Nothing is started on the way. */
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
  // Out of `ending`, in which it may have been left, and back: as it is being ended, no other model is tried.
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

/** Where each of these actors stands, to be written; the actors are done with. */
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
