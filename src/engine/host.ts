import type { SettledThread } from '../../machines/run.ts'
import type { SessionRecord, Usage } from '../../machines/session.ts'
import type { ThreadStanding, ThreadStatus } from '../../machines/statuses.ts'
import type { ThreadEvent } from '../../machines/thread.ts'
import type { Runner, RunnerSession } from '../agents/runner.ts'
import { exitCodes, WorkError } from '../errors.ts'
import type { TasksFile } from '../store/tasks-schema.ts'
import type { TasksStore } from '../store/tasks.ts'
import { liveThreadMachine } from './effects.ts'
import { logTransitions } from './log-actor.ts'
import type { LogFacts, WorkLog } from './log.ts'
import { patiently, type Patience } from './patience.ts'
import { envelopeOf, restoreThread, type ThreadActor } from './snapshot.ts'
import { reopenTasks, threadMissing, writeThread } from './thread-commit.ts'
import { threadsOf, type ThreadFacts } from './thread-facts.ts'

/** What a live thread looks like from outside, at each change that is durable. */
export interface ThreadView {
  id: string
  status: ThreadStanding
  /** The last session. */
  session: SessionRecord | undefined
  /** It is being ended by somebody's wish. */
  isEnding: boolean
}

/** What a live session does. */
export interface Output {
  /** Its last line; empty when there is none. */
  line: string
  usage: Usage | undefined
}

export interface HostOptions {
  thread: ThreadFacts
  /** Its completed tasks are to be opened again, in one with what sets it going. */
  reopens: boolean
  tasks: TasksStore
  runner: Runner
  now: () => Date
  /** Milliseconds for which an agent that has reported all its tasks may go without a word. */
  hungAfter: number
  forRunner: (session: SessionRecord) => RunnerSession
  onChange: (view: ThreadView) => void
  /** Resolves when this process is still the owner of the thread. */
  own: () => Promise<void>
  patience: Patience
  log: WorkLog
}

/** One thread that has life in this process. */
export interface Host {
  /** What it came to, once that is durable. Rejects when it can't be recorded: then it goes on without this process. */
  settled: Promise<SettledThread>
  /** Ends its session; a second time, by force. */
  interrupt(force: boolean): void
  /** What its agent does now. */
  output(): Output
  /** Lets go of it: its agent lives on, and what was recorded is durable when this resolves. */
  leave(): Promise<void>
}

/** Gives a thread life, with the event that sets it going. The caller owns the thread: nobody else hosts it. */
export function hostThread(options: HostOptions, event: ThreadEvent): Host {
  const { thread, tasks, runner, now, onChange, log } = options
  let committed: Promise<void> = Promise.resolve()

  const machine = liveThreadMachine({
    runner,
    forRunner: options.forRunner,
    hungAfter: options.hungAfter,
    committed: async () => {
      // An effect starts inside the transition; the commit of that transition is asked for right after it.
      await Promise.resolve()
      await committed
    },
    log,
    readTasks: () => factsOf(tasks, thread.id).tasks,
    patience: options.patience,
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
    // Subscribed after the start, which tells the restored state: that is no news, and nothing to settle by.
    actor.subscribe({
      next: () => {
        const view = viewOf(actor)
        const change = changeTo(actor, now(), reopens)
        reopens = false
        const before = committed
        // In order, also when one has to wait for the file.
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
            onChange(view)
            if (view.status !== 'running' && view.status !== 'pending')
              resolve({ id: view.id, status: view.status })
          })
          .catch(fail)
      },
      error: fail,
    })
  })
  // Whoever awaits `settled` hears of it; until then it is no unhandled rejection.
  settled.catch(() => undefined)
  actor.send(event)

  return {
    settled,
    interrupt: (force) => actor.send({ type: 'INTERRUPT', force }),
    output: () => {
      const record = actor.getSnapshot().context.sessions.at(-1)
      if (record === undefined) return { line: '', usage: undefined }
      const session = options.forRunner(record)
      return { line: runner.lastLine(session), usage: runner.usage(session) }
    },
    leave: async () => {
      actor.stop()
      await committed
    },
  }
}

/** What a log says of a thread. */
function describeThread(actor: ThreadActor): LogFacts {
  const { threadId, sessions, outcome } = actor.getSnapshot().context
  const session = sessions.at(-1)
  const reason = outcome === null || outcome.status === 'completed' ? undefined : outcome.reason
  return { thread: threadId, session: session?.sessionId, attempt: session?.attempt, reason }
}

/** Milliseconds after which a commit counts as one that had to wait. */
const longCommit = 100

/** Logs a commit that took long: others held the lock, or the disk is slow. */
async function logWait(log: WorkLog, facts: LogFacts, commit: Promise<void>): Promise<void> {
  const begun = performance.now()
  await commit
  const ms = Math.round(performance.now() - begun)
  if (ms >= longCommit) log.write('waited for tasks.json', { ...facts, ms })
}

/** What records where a thread is now. */
function changeTo(actor: ThreadActor, now: Date, reopens: boolean): (file: TasksFile) => void {
  const { context } = actor.getSnapshot()
  const envelope = envelopeOf(actor, now.toISOString())
  return (file) => {
    if (reopens) reopenTasks(file, context.threadId, envelope.savedAt)
    writeThread(file, context, envelope)
  }
}

/** A thread that another process has led on since it was planned. */
function threadMoved({ id, status }: ThreadFacts, event: string): WorkError {
  return new WorkError(
    `Thread ${id} is ${status} in tasks.json and can't take ${event}: another process changed it.`,
    {
      code: 'thread-taken',
      hint: 'work status shows the threads; work continue runs the rest.',
      exitCode: exitCodes.unfinished,
    },
  )
}

function viewOf(actor: ThreadActor): ThreadView & { status: ThreadStatus } {
  const { value, context } = actor.getSnapshot()
  return {
    id: context.threadId,
    status: typeof value === 'string' ? value : 'running',
    session: context.sessions.at(-1),
    isEnding: context.ending !== null,
  }
}

function factsOf(tasks: TasksStore, id: string): ThreadFacts {
  const facts = threadsOf(tasks.readSound()).find((thread) => thread.id === id)
  if (facts === undefined) throw threadMissing(id)
  return facts
}
