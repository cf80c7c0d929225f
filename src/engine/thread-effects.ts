import { fromPromise } from 'xstate'
import type { Alive, Ending, Overdue, Settlement, Sighting } from '../../machines/outcome.ts'
import type { SessionRecord } from '../../machines/session.ts'
import type { SessionInput } from '../../machines/thread-context.ts'
import { threadMachine } from '../../machines/thread.ts'
import { requireOwn } from '../runners/foreign.ts'
import { judge } from '../runners/judge.ts'
import type { Evidence } from '../runners/runner.ts'
import { watchOrHang, type WatchedWorld } from './stall.ts'
import { logCall } from '../runners/with-log.ts'
import type { WorkLog } from '../log/log.ts'
import { exitCodes, WorkError } from '../errors.ts'
import { patiently, type Patience } from './patience.ts'
import { isAdded } from '../threads/thread.ts'

/** What the effects of one thread need. */
export interface ThreadWorld extends WatchedWorld {
  /** Resolves when the state that called for the effect is durable. */
  committed: () => Promise<void>
  /** How long to wait for tasks.json when a session is judged by its tasks. */
  patience: Patience
  log: WorkLog
}

/** The thread chart with its actors. Each effect first awaits the commit of the state that called for it. */
export function liveThreadMachine(world: ThreadWorld): typeof threadMachine {
  const { runner } = world

  return threadMachine.provide({
    actors: {
      startSession: fromPromise<Alive, SessionInput>(({ input, signal }) =>
        told('startSession', input, async () => {
          await world.committed()
          signal.throwIfAborted()
          return { type: 'alive', process: await runner.start(world.forRunner(input.session), signal) }
        }),
      ),

      watchSession: fromPromise<Settlement | Overdue, SessionInput>(({ input, signal }) =>
        told('watchSession', input, async () => {
          await world.committed()
          const end = await watchOrHang(world, input.session, signal)
          return typeof end === 'string'
            ? { type: 'overdue', why: end }
            : await settle(input.session, end, null)
        }),
      ),

      endSession: fromPromise<Settlement, SessionInput & { ending: Ending }>(({ input, signal }) =>
        told('endSession', input, async () => {
          const { session, ending } = input
          await world.committed()
          const { evidence, wasOver } = await runner
            .end(world.forRunner(session), ending.force, signal)
            .catch((error: unknown) => {
              throw error instanceof WorkError ? notEnded(session, error) : error
            })
          return await settle(session, evidence, wasOver ? null : ending)
        }),
      ),

      reconcileSession: fromPromise<Sighting, SessionInput & { ending: Ending | null }>(({ input }) =>
        told('reconcileSession', input, async () => {
          const { session, ending } = input
          await world.committed()
          const seen = world.forRunner(session)
          const look = requireOwn(seen, await runner.look(seen))
          return look.type === 'ended' ? await settle(session, look.evidence, ending) : look
        }),
      ),
    },
  })

  /** Logs an effect and its outcome. */
  function told<Result extends Sighting>(
    effect: string,
    { threadId, session }: SessionInput,
    action: () => Promise<Result>,
  ): Promise<Result> {
    const facts = { thread: threadId, effect, session: session.sessionId, attempt: session.attempt }
    return logCall(world.log, 'effect', facts, action, (sighting) =>
      sighting.type === 'ended' ? { result: sighting.outcome.status } : { result: sighting.type },
    )
  }

  async function settle(
    session: SessionRecord,
    evidence: Evidence,
    ending: Ending | null,
  ): Promise<Settlement> {
    const tasks = await patiently(world.readTasks, world.patience)
    const outcome = judge({
      evidence,
      tasks: tasks.map(({ status }) => status),
      added: tasks.filter((task) => isAdded(task, session)).length,
      doneWhen: session.doneWhen ?? 'tasks',
      cause: ending?.cause ?? null,
      program: world.forRunner(session).agent?.command?.[0] ?? session.agentName,
    })
    return { type: 'ended', outcome }
  }
}

/** A session that may still be running: its thread stays recorded as being ended. */
function notEnded({ sessionId }: SessionRecord, error: WorkError): WorkError {
  return new WorkError(`Could not stop session ${sessionId}. ${error.message}`, {
    code: 'session-lives-on',
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    exitCode: exitCodes.unfinished,
    cause: error,
  })
}
