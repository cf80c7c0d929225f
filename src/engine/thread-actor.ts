import type { SnapshotFrom } from 'xstate'
import type { SettledThread } from '../../machines/run-context.ts'
import type { SessionRecord, Usage } from '../../machines/session.ts'
import type { ThreadStanding, ThreadStatus } from '../../machines/statuses.ts'
import type { ThreadEvent } from '../../machines/thread.ts'
import type { Runner, RunnerSession } from '../runners/runner.ts'
import { exitCodes, WorkError } from '../errors.ts'
import type { TasksFile } from '../store/tasks/schema.ts'
import type { TasksStore } from '../store/tasks/tasks.ts'
import { liveThreadMachine, type ThreadWorld } from './thread-effects.ts'
import { logTransitions } from '../log/log-actor.ts'
import type { LogFacts, WorkLog } from '../log/log.ts'
import { patiently, type Patience } from './patience.ts'
import { writeSnapshot } from '../threads/settle.ts'
import { restoreThread, type ThreadActor } from '../threads/snapshot.ts'
import { reopenTasks, threadMissing } from '../threads/write-thread.ts'
import { threadsOf, type ThreadFacts } from '../threads/thread.ts'
import { deliverySteps } from '../../machines/delivery.ts'
import { longCommit } from './waits.ts'
import { advice, work } from '../text/hint.ts'

/** Snapshot of a running thread, emitted after each durable commit. */
export interface ThreadView {
  id: string
  status: ThreadStanding
  /** The last session. */
  session: SessionRecord | undefined
  /** It is being stopped on request. */
  isEnding: boolean
  /** The state within `running`: `preparing`, `working`, `merging`, …; absent for a thread that is not running here. */
  phase?: string
}

/** The activity of a running session. */
export interface Output {
  /** Its last line; empty if there is none. */
  line: string
  usage: Usage | undefined
}

export interface HostOptions {
  thread: ThreadFacts
  /** Its completed tasks must be reopened in the same commit that starts it. */
  reopens: boolean
  tasks: TasksStore
  runner: Runner
  now: () => Date
  /** Milliseconds without activity after which an agent that has reported all its tasks counts as hanging. */
  hungAfter: number
  forRunner: (session: SessionRecord) => RunnerSession
  onChange: (view: ThreadView) => void
  /** Resolves if this process still owns the thread. */
  own: () => Promise<void>
  patience: Patience
  log: WorkLog
  clones: ThreadWorld['clones']
}

/** One thread that this process runs. */
export interface Host {
  /** Its durable result; `running` if its session is out of reach. Rejects if it can't be recorded: then the thread continues without this process. */
  settled: Promise<SettledThread>
  /** Why its session is out of reach; undefined if it is not. */
  left(): WorkError | undefined
  /** Stops its session; a second call kills it. */
  interrupt(force: boolean): void
  /** The current activity of its agent. */
  output(): Output
  /** Releases it: its agent keeps running, and everything recorded is durable when this resolves. */
  leave(): Promise<void>
}

/** Runs a thread, starting with this event. The caller owns the thread: no other process hosts it. */
export function hostThread(options: HostOptions, event: ThreadEvent): Host {
  const { thread, tasks, runner, now, onChange, log } = options
  let committed: Promise<void> = Promise.resolve()
  let left: WorkError | undefined

  const machine = liveThreadMachine({
    runner,
    forRunner: options.forRunner,
    hungAfter: options.hungAfter,
    committed: async () => {
      // An effect starts inside the transition; the commit of that transition is requested right after it.
      await Promise.resolve()
      await committed
    },
    log,
    outOfReach: (error) => {
      left = error
    },
    readTasks: () => factsOf(tasks, thread.id).tasks,
    patience: options.patience,
    clones: options.clones,
  })
  const actor: ThreadActor = restoreThread(
    machine,
    thread,
    logTransitions(log, 'thread', () => describeThread(actor)),
  )
  actor.start()
  if (!actor.getSnapshot().can(event)) throw threadMoved(thread, event.type)

  let { reopens } = options
  const settled = new Promise<SettledThread>((resolve, reject) => {
    const fail = (error: unknown) => {
      actor.stop()
      reject(error)
    }
    // Subscribed after the start, which emits the restored state: that is not news and must not settle the thread.
    actor.subscribe({
      next: () => {
        const view = viewOf(actor, options.clones.settings.verify.length > 0)
        const isOver = view.status !== 'running' || actor.getSnapshot().matches({ running: 'outOfReach' })
        const change = changeTo(actor, now(), reopens)
        reopens = false
        const before = committed
        // In order, even if one has to wait for the file.
        const commit = async () => {
          await before
          await patiently(async () => {
            await options.own()
            await tasks.commit(change)
          }, options.patience)
        }
        committed = logWait(log, { thread: thread.id }, commit())
        committed
          .then(() => {
            if (isOver) options.clones.turns.release(thread.id)
            onChange(view)
            if (isOver && view.status !== 'pending') resolve({ id: view.id, status: view.status })
          })
          .catch(fail)
      },
      error: fail,
    })
  })
  // Callers that await `settled` get the error; before that it must not be an unhandled rejection.
  settled.catch(() => undefined)
  actor.send(event)

  return {
    settled,
    left: () => left,
    interrupt: (force) => actor.send({ type: 'INTERRUPT', force }),
    output: () => {
      const record = actor.getSnapshot().context.sessions.at(-1)
      if (record === undefined) return { line: '', usage: undefined }
      const session = options.forRunner(record)
      return { line: runner.lastLine(session), usage: runner.usage(session) }
    },
    leave: async () => {
      actor.stop()
      options.clones.turns.release(thread.id)
      await committed
    },
  }
}

/** The log entry of a thread. */
function describeThread(actor: ThreadActor): LogFacts {
  const { threadId, sessions, outcome } = actor.getSnapshot().context
  const session = sessions.at(-1)
  const reason = outcome === null || outcome.status === 'completed' ? undefined : outcome.reason
  return { thread: threadId, session: session?.sessionId, attempt: session?.attempt, reason }
}

/** Logs a commit that took long: others held the lock, or the disk is slow. */
async function logWait(log: WorkLog, facts: LogFacts, commit: Promise<void>): Promise<void> {
  const begun = performance.now()
  await commit
  const ms = Math.round(performance.now() - begun)
  if (ms >= longCommit) log.write('waited for tasks.json', { ...facts, ms })
}

/** Returns the change that records the current state of a thread. */
function changeTo(actor: ThreadActor, now: Date, reopens: boolean): (file: TasksFile) => void {
  const snapshot = actor.getSnapshot()
  const at = now.toISOString()
  return (file) => {
    if (reopens) reopenTasks(file, snapshot.context.threadId, at)
    writeSnapshot(file, snapshot, at)
  }
}

/** The error for a thread that another process has changed since it was planned. */
function threadMoved({ id, status }: ThreadFacts, event: string): WorkError {
  return new WorkError(
    `Thread ${id} is ${status} in tasks.json, so ${event} is not possible: another process changed it.`,
    {
      code: 'thread-taken',
      hint: advice`${work('status')} shows the threads; ${work('continue')} runs the rest.`,
      exitCode: exitCodes.unfinished,
    },
  )
}

function viewOf(actor: ThreadActor, verifies: boolean): ThreadView & { status: ThreadStatus } {
  const { value, context } = actor.getSnapshot()
  // Without verify commands that step ends at once, and nothing is verified.
  const phase = phaseIn(value) === 'verifying' && !verifies ? 'advancing' : phaseIn(value)
  return {
    id: context.threadId,
    status: typeof value === 'string' ? value : 'running',
    session: context.sessions.at(-1),
    isEnding: context.ending !== null || phase === 'stopping',
    ...(phase !== undefined && { phase }),
  }
}

/** Whether the agent of a thread has completed, and its work is being merged or verified. */
export function isDelivering({ phase }: ThreadView): boolean {
  return (deliverySteps as readonly (string | undefined)[]).includes(phase)
}

/** The innermost state within `running`. */
function phaseIn(value: SnapshotFrom<ThreadActor>['value']): string | undefined {
  if (typeof value === 'string') return undefined
  const { running } = value
  return typeof running === 'string' ? running : running.delivering
}

function factsOf(tasks: TasksStore, id: string): ThreadFacts {
  const facts = threadsOf(tasks.readSound()).find((thread) => thread.id === id)
  if (facts === undefined) throw threadMissing(id)
  return facts
}
