import { fromPromise } from 'xstate'
import type { Alive, Ending, OutOfReach, Overdue, Settlement, Sighting } from '../../machines/outcome.ts'
import type { SessionRecord } from '../../machines/session.ts'
import type { SessionInput } from '../../machines/thread-context.ts'
import { threadMachine } from '../../machines/thread.ts'
import { requireOwn } from '../runners/foreign.ts'
import { judge } from '../runners/judge.ts'
import { requireClone } from '../clones/soundness.ts'
import { cloneActors, savedOutcome, type CloneWorld } from './clone-effects.ts'
import { watchOrHang, type WatchedWorld } from './stall.ts'
import { logCall } from '../runners/with-log.ts'
import type { WorkLog } from '../log/log.ts'
import { exitCodes, WorkError } from '../errors.ts'
import { patiently, type Patience } from './patience.ts'
import { blockedReports, isAdded } from '../threads/thread.ts'
import type { Evidence } from '../runners/evidence.ts'
import type { RunnerSession } from '../runners/runner.ts'

/** What the effects of one thread need. */
export interface ThreadWorld extends WatchedWorld {
  /** Resolves when the state that called for the effect is durable. */
  committed: () => Promise<void>
  /** How long to wait for tasks.json when a session is judged by its tasks. */
  patience: Patience
  log: WorkLog
  /** The session can't be watched or ended from here: the error that the user gets. */
  outOfReach: (error: WorkError) => void
  /** The clones of its sessions, and the delivery of their work. */
  clones: Omit<CloneWorld, 'committed' | 'log'>
}

/** Errors after which a session is left as recorded. */
const outOfReachCodes = ['session-lives-on', 'session-elsewhere', 'session-unknown']

/** The thread chart with its actors. Each effect first awaits the commit of the state that called for it. */
export function liveThreadMachine(world: ThreadWorld): typeof threadMachine {
  const { runner } = world

  return threadMachine.provide({
    actors: {
      ...cloneActors({ ...world.clones, committed: world.committed, log: world.log }),

      startSession: fromPromise<Alive, SessionInput>(({ input, signal }) =>
        told('startSession', input, async () => {
          await world.committed()
          signal.throwIfAborted()
          const session = world.forRunner(input.session)
          const site = world.clones.siteOf(input.session)
          if (site !== undefined) requireClone(site)
          const process = await runner.start(session, signal)
          return { type: 'alive', process, ...(await ownIdOf(session, signal)) }
        }),
      ),

      watchSession: fromPromise<Settlement | Overdue | OutOfReach, SessionInput>(({ input, signal }) =>
        told('watchSession', input, async () => {
          await world.committed()
          const end = await reach(() => watchOrHang(world, input.session, signal))
          if (typeof end === 'string') return { type: 'overdue', why: end }
          return end.type === 'out-of-reach' ? end : await settle(input.session, end, null)
        }),
      ),

      endSession: fromPromise<Settlement | OutOfReach, SessionInput & { ending: Ending }>(
        ({ input, signal }) =>
          told('endSession', input, async () => {
            const { session, ending } = input
            await world.committed()
            const end = await reach(async () => {
              const { evidence, wasOver } = await runner
                .end(world.forRunner(session), ending.force, signal)
                .catch((error: unknown) => {
                  throw error instanceof WorkError ? notEnded(session, error) : error
                })
              return { type: 'over' as const, evidence, wasOver }
            })
            if (end.type === 'out-of-reach') return end
            return await settle(session, end.evidence, end.wasOver ? null : ending)
          }),
      ),

      reconcileSession: fromPromise<Sighting, SessionInput & { ending: Ending | null }>(({ input, signal }) =>
        told('reconcileSession', input, async () => {
          const { session, ending } = input
          await world.committed()
          const seen = world.forRunner(session)
          const look = await reach(async () => requireOwn(seen, await runner.look(seen)))
          if (look.type === 'ended') return await settle(session, look.evidence, ending)
          return look.type === 'alive' ? { ...look, ...(await ownIdOf(seen, signal)) } : look
        }),
      ),
    },
  })

  /** The id that its program chose, if it did. */
  async function ownIdOf(
    session: RunnerSession,
    signal: AbortSignal,
  ): Promise<{ runnerSessionId?: string | undefined }> {
    const runnerSessionId = await runner.ownId?.(session, signal)
    return runnerSessionId === undefined ? {} : { runnerSessionId }
  }

  /** Does something about a session. One that can't be watched or ended from here is out of reach. */
  async function reach<Result>(action: () => Promise<Result>): Promise<Result | OutOfReach> {
    try {
      return await action()
    } catch (error) {
      if (!(error instanceof WorkError) || !outOfReachCodes.includes(error.code)) throw error
      world.outOfReach(error)
      return { type: 'out-of-reach', message: error.message }
    }
  }

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
      blocked: blockedReports(tasks),
      added: tasks.filter((task) => isAdded(task, session)).length,
      doneWhen: session.doneWhen ?? 'tasks',
      cause: ending?.cause ?? null,
      program: programOf(world, session),
      isLimited: world.forRunner(session).writes !== undefined,
    })
    const site = world.clones.siteOf(session)
    return { type: 'ended', outcome: await savedOutcome(outcome, site, session, world.clones.env) }
  }
}

/** The program of a session, for messages. */
function programOf({ runner, forRunner }: ThreadWorld, session: SessionRecord): string {
  const { agent } = forRunner(session)
  const command = agent === undefined ? undefined : runner.definition.commandOf(agent, 'fresh')
  return command?.[0] ?? session.agentName
}

/** A session that may still be running: its thread stays recorded as being ended. */
function notEnded({ sessionId }: SessionRecord, error: WorkError): WorkError {
  return new WorkError(`Could not stop session ${sessionId}. ${error.message}`, {
    code: 'session-lives-on',
    hint: error.advice,
    exitCode: exitCodes.unfinished,
    cause: error,
  })
}
