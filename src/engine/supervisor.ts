import { createActor, fromPromise, type Actor } from 'xstate'
import { runMachine } from '../../machines/run.ts'
import type { RunOutput, SettledThread } from '../../machines/run-context.ts'
import type { SessionRecord } from '../../machines/session.ts'
import { isOver } from '../../machines/statuses.ts'
import type { Runner, RunnerSession } from '../runners/runner.ts'
import { systemCode, WorkError } from '../errors.ts'
import { compareIds, parentId } from '../ids.ts'
import { findStream } from '../store/index/index-file.ts'
import type { Holder } from '../store/lock.ts'
import { takeStopRequests } from '../store/stop-requests.ts'
import { sessionEnvironment } from './session-env.ts'
import { closedGate } from '../approval/gate.ts'
import { isolationOf, siteOf } from './clone-place.ts'
import { openTurns, type Turns } from './turn.ts'
import { hostThread, isDelivering, type Host, type HostOptions, type ThreadView } from './thread-actor.ts'
import { launchEvent } from './new-session.ts'
import { logTransitions } from '../log/log-actor.ts'
import { errorFacts, silentLog, type WorkLog } from '../log/log.ts'
import type { Ownership } from '../threads/leases.ts'
import { isStateLoss, patiently, type Patience } from './patience.ts'
import { sessionPrompt } from '../prompts/prompt.ts'
import { isStageNew, stageStart } from '../approval/stage-start.ts'
import { reportThreads } from './run-result.ts'
import type { ReportedThread, Run, RunReport, RunWatcher, RunWorld } from './run-context.ts'
import { requireThread } from '../threads/find-thread.ts'
import {
  requireRunner,
  startsSession,
  type BlockedThread,
  type HeldThread,
  type PlannedThread,
  type RunPlan,
} from './run-plan.ts'
import { isDone, stagesOf, threadsOf, type ThreadFacts } from '../threads/thread.ts'
import { inheritedEnvironment } from '../process/env.ts'
import { linkProgram } from './link-program.ts'
import { hangPatience, killedSessionPatience, superviseInterval } from './waits.ts'

/** Who supervises a run, for whom, and which of its threads have already ended. */
export interface Supervision {
  watcher: RunWatcher
  ownership: Ownership
  self: Holder
  /** Threads of the plan that ended while another process had the run. */
  ended: readonly SettledThread[]
}

/** Runs the run machine: starts its threads, reports changes, releases everything at the end. */
export class Supervisor implements Run {
  readonly finished: Promise<RunReport>
  readonly #world: RunWorld
  readonly #startedAt: Date
  readonly #watcher: RunWatcher
  readonly #log: WorkLog
  readonly #ownership: Ownership
  readonly #self: Holder
  readonly #turns: Turns
  readonly #planned: Map<string, PlannedThread>
  readonly #held: HeldThread[]
  readonly #blocked: BlockedThread[]
  readonly #actor: Actor<typeof runMachine>
  readonly #hosts = new Map<string, Host>()
  readonly #views = new Map<string, ThreadView>()
  readonly #shown = new Map<string, string>()
  /** Threads that start when tasks.json is back. */
  readonly #delayed = new Set<string>()
  /** The delayed threads that were stopped in the meantime. */
  readonly #unwanted = new Set<string>()
  readonly #ticker: NodeJS.Timeout
  readonly #patience: Patience
  /** Number of waits for state files. */
  #waits = 0
  #isRenewing = false
  /** Why the run was abandoned. */
  #loss: WorkError | undefined
  #resolve: (report: RunReport) => void = () => undefined
  #reject: (error: unknown) => void = () => undefined

  constructor(world: RunWorld, plan: RunPlan, { watcher, ownership, self, ended }: Supervision) {
    this.#world = world
    this.#startedAt = world.now()
    this.#watcher = watcher
    this.#log = world.log ?? silentLog
    this.#ownership = ownership
    this.#self = self
    this.#turns = openTurns(world.stream, world.tasks, self)
    this.#patience = { patience: world.statePatience, waits: (why) => this.#showWait(why) }
    const threads = plan.batches.flatMap((batch) => batch.threads)
    this.#held = plan.held
    this.#blocked = plan.blocked ?? []
    this.#planned = new Map(threads.map((thread) => [thread.id, thread]))
    this.finished = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.#actor = createActor(this.#liveMachine(), {
      inspect: logTransitions(this.#log, 'run', () => ({ stream: world.stream.id })),
      input: {
        parallel: plan.parallel,
        batches: plan.batches.map(({ id, stage, threads: members }) => ({
          id,
          stage,
          threads: members.map((thread) => thread.id),
        })),
        begun: threads.flatMap((thread) => (thread.action === 'adopt' ? [thread.id] : [])),
        ended: [...ended],
      },
    })
    this.#actor.subscribe({
      complete: () => {
        const { output } = this.#actor.getSnapshot()
        if (output === undefined) return
        if (output.end === 'lost') return this.#fail(this.#loss)
        const { end, batch } = output
        // What could not be stopped is released as it is: its record says that it is running and being ended.
        this.#leaveThreads().then(
          () => this.#finish({ end, batch }),
          (error: unknown) => this.#fail(error),
        )
      },
      error: (error) => this.#fail(error),
    })
    this.#ticker = setInterval(() => {
      this.#showOutput()
      this.#listen()
      this.#keepRunFolder()
    }, superviseInterval)
    for (const { id, status } of ended) {
      this.#show({ id, status, session: this.#readThread(id).sessions.at(-1), isEnding: false })
    }
    this.#actor.start()
  }

  interrupt(force: boolean): void {
    this.#actor.send({ type: 'INTERRUPT', force })
  }

  stop(threadIds: readonly string[], force: boolean): void {
    const unstarted = threadIds.filter((id) => this.#isUnstarted(id))
    this.#actor.send({ type: 'STOP_THREADS', threadIds: [...threadIds], force })
    if (unstarted.length === 0) return
    // They are free for others.
    for (const id of unstarted) this.#ownership.release(id)
    this.#watcher.dropped?.(unstarted)
  }

  #isUnstarted(id: string): boolean {
    return this.#planned.has(id) && !this.#views.has(id) && !this.#hosts.has(id) && !this.#delayed.has(id)
  }

  live(): ThreadView[] {
    return [...this.#hosts.keys()].flatMap((id) => this.#views.get(id) ?? [])
  }

  leave(): void {
    this.#actor.stop()
    this.#leaveThreads().then(
      () => this.#finish({ end: 'left', batch: null }),
      (error: unknown) => this.#fail(error),
    )
  }

  #liveMachine(): typeof runMachine {
    return runMachine.provide({
      actors: {
        readGate: fromPromise<'open' | 'closed', { stage: string }>(async ({ input }) => {
          const isOpen = await this.#patiently(() => this.#closedGate(input.stage) === undefined)
          if (isOpen) await this.#recordStart(input.stage)
          return isOpen ? 'open' : 'closed'
        }),
        lookAgain: fromPromise<'completed' | 'open', { threads: string[] }>(({ input }) =>
          this.#patiently(() => (this.#report(input.threads).every(isCompleted) ? 'completed' : 'open')),
        ),
      },
      actions: {
        startThreads: (_, { threadIds }) => {
          for (const id of threadIds) this.#start(id)
        },
        interruptThreads: (_, { force }) => {
          for (const host of this.#hosts.values()) host.interrupt(force)
        },
        interruptThese: (_, { threadIds, force }) => {
          for (const id of threadIds) {
            this.#hosts.get(id)?.interrupt(force)
            if (this.#delayed.has(id)) this.#unwanted.add(id)
          }
        },
      },
      delays: { patience: this.#world.patience ?? killedSessionPatience },
    })
  }

  /** Records the commit at which a stage begins, so that its changes can be shown later. */
  async #recordStart(stage: string): Promise<void> {
    const { tasks, workspace, env, now } = this.#world
    if (!(await this.#patiently(() => isStageNew(tasks.read(), stage)))) return
    const start = await stageStart(workspace.root, inheritedEnvironment(env), now())
    const record = () =>
      tasks.commit((file) => {
        if (isStageNew(file, stage)) file.stages = { ...file.stages, [stage]: start }
      })
    await patiently(record, this.#patience)
  }

  /** Hosts a thread, unless it is hosted. Errors here end the run: an action must not throw. */
  #start(id: string): void {
    if (this.#hosts.has(id) || this.#delayed.has(id)) return
    try {
      const planned = this.#planned.get(id)
      const thread = this.#readOrDelay(id)
      if (thread === undefined) return
      if (planned === undefined) throw new Error(`Thread ${id} was not planned.`)
      if (isDone(thread) && !planned.reopens) {
        // Its last task was reported while it waited.
        this.#show({ id, status: 'completed', session: thread.sessions.at(-1), isEnding: false })
        queueMicrotask(() => this.#settle({ id, status: 'completed' }))
        return
      }
      const runner = this.#runnerOf(planned, thread)
      const event = launchEvent({
        stream: this.#world.stream,
        thread,
        planned,
        runner,
        now: this.#world.now(),
      })
      const host = hostThread(
        {
          thread,
          reopens: planned.reopens,
          tasks: this.#world.tasks,
          runner,
          now: this.#world.now,
          hungAfter: this.#world.hungAfter ?? hangPatience,
          log: this.#log,
          forRunner: (session) => this.#forRunner(id, planned, session),
          onChange: (view) => {
            this.#show(view)
            if (isDelivering(view)) this.#actor.send({ type: 'THREAD_WORKED', threadId: id })
          },
          own: () => this.#ownership.renew(id),
          patience: this.#patience,
          clones: this.#clonesOf(id, planned, thread),
        },
        event,
      )
      this.#hosts.set(id, host)
      host.settled.then(
        (settled) => {
          const left = host.left()
          if (settled.status === 'running' && left !== undefined) this.#leave(id, left)
          this.#settle(settled)
        },
        (error: unknown) => this.#giveUp(error),
      )
    } catch (error) {
      queueMicrotask(() => this.#giveUp(error))
    }
  }

  /** The thread as recorded; undefined if the file is missing: then it is started later. */
  #readOrDelay(id: string): ThreadFacts | undefined {
    try {
      return this.#readThread(id)
    } catch (error) {
      if (!isStateLoss(error)) throw error
      this.#delayed.add(id)
      this.#patiently(() => this.#readThread(id)).then(
        () => {
          this.#delayed.delete(id)
          if (this.#actor.getSnapshot().matches('going') && !this.#unwanted.has(id)) this.#start(id)
          else this.#settle({ id, status: 'interrupted' })
        },
        (late: unknown) => this.#giveUp(late),
      )
      return undefined
    }
  }

  /** An error that a user can fix ends the run through its chart: the agents keep running. Anything else is a bug. */
  #giveUp(error: unknown): void {
    if (!(error instanceof WorkError)) return this.#fail(error)
    this.#loss ??= error
    this.#actor.send({ type: 'STATE_LOST' })
  }

  /** Runs at once if the files exist, as nearly always: then nothing waits for a turn of the event loop. */
  #patiently<T>(action: () => T): Promise<T> {
    try {
      return Promise.resolve(action())
    } catch (error) {
      return isStateLoss(error) ? patiently(action, this.#patience) : Promise.reject(error)
    }
  }

  #settle(thread: SettledThread): void {
    this.#hosts.delete(thread.id)
    // It is not run again here, so the user may fix it while others continue.
    this.#ownership.release(thread.id)
    // A thread may settle while this run releases it; nothing waits for it then.
    if (this.#actor.getSnapshot().status !== 'active') return
    this.#actor.send({ type: 'THREAD_SETTLED', thread })
  }

  /** A session that can't be stopped is left alone, and the others continue. */
  #leave(id: string, error: WorkError): void {
    this.#log.write('session left', { thread: id, ...errorFacts(error) })
    this.#watcher.left?.(id, error)
  }

  /** A session is watched by the runner that started it, whatever agents.yaml says now. */
  #runnerOf(planned: PlannedThread, thread: ThreadFacts): Runner {
    const name = !startsSession(planned) ? thread.sessions.at(-1)?.runner : planned.agent.runner
    return requireRunner(this.#world.runners, name ?? planned.agent.runner, planned.agent.name)
  }

  #forRunner(id: string, planned: PlannedThread, session: SessionRecord): RunnerSession {
    const { workspace, stream, plan, env, agents, planning } = this.#world
    return {
      record: session,
      agent: planned.agent,
      root: workspace.root,
      title: `${stream.id} ${planning === undefined ? id : 'plan'} #${session.attempt ?? 1}`,
      writes: planning?.writes,
      prompt: () => {
        if (planning !== undefined) return planning.prompt(session)
        const threads = threadsOf(this.#world.tasks.read())
        const hasSetup = agents.clones.setup.length > 0
        return sessionPrompt({ stream, plan, threads, hasSetup }, requireThread(threads, id), session)
      },
      env: () => sessionEnvironment(env, workspace, stream, id, session),
    }
  }

  /** The clone of a thread, and what delivers its work. */
  #clonesOf(id: string, planned: PlannedThread, thread: ThreadFacts): HostOptions['clones'] {
    const { workspace, stream, env, agents, now, tasks } = this.#world
    const file = tasks.read()
    return {
      root: workspace.root,
      stream: isolationOf(file, stream, agents.clones).name,
      threadName: thread.name,
      settings: agents.clones,
      earlier: thread.sessions.toReversed().flatMap(({ clone }) => (clone ? [clone.start, clone.base] : [])),
      env,
      envOf: (session) => this.#forRunner(id, planned, session).env(),
      siteOf: (session) => siteOf(session, file.isolation, workspace.root),
      turns: this.#turns,
      now,
    }
  }

  #readThread(id: string): ThreadFacts {
    return requireThread(threadsOf(this.#world.tasks.read()), id)
  }

  /** The stage whose approval keeps `stage` from starting, read now. */
  #closedGate(stage: string): string | undefined {
    const { index, tasks, stream } = this.#world
    const stages = stagesOf(threadsOf(tasks.read()))
    return closedGate(findStream(index.read(), stream.id).approval, stages, stage)
  }

  /** A folder that can't be read right now is read again soon. */
  #listen(): void {
    try {
      this.#takeStopRequests()
    } catch (error) {
      if (systemCode(error) === undefined) throw error
      this.#log.write('stop requests not read', errorFacts(error))
    }
  }

  /** Carries out stop requests of other processes. */
  #takeStopRequests(): void {
    for (const request of takeStopRequests(this.#world.stream.stops, this.#self)) {
      const { threads, force, from } = request
      this.#log.write('stop requested', {
        by: from.command,
        pid: from.pid,
        thread: threads?.join(' '),
        force,
      })
      this.#watcher.stopRequested?.(request)
      if (threads === undefined) this.interrupt(force)
      else this.stop(threads, force)
    }
  }

  /** `git clean` also removes work/.run: the locks, and the `work` that sessions find. */
  #keepRunFolder(): void {
    if (this.#isRenewing) return
    this.#isRenewing = true
    const renew = async () => {
      await this.#ownership.renew()
      linkProgram(this.#world.workspace, this.#world.program)
    }
    renew()
      .catch((error: unknown) => {
        if (error instanceof WorkError && error.code === 'thread-taken') this.#giveUp(error)
        // Other errors, such as a folder that is just being removed, are retried soon.
        else this.#log.write('work/.run not kept', errorFacts(error))
      })
      .finally(() => {
        this.#isRenewing = false
      })
  }

  #showOutput(): void {
    for (const [id, host] of this.#hosts) {
      const output = host.output()
      const shown = JSON.stringify(output)
      if (shown === this.#shown.get(id)) continue
      this.#shown.set(id, shown)
      this.#watcher.output(id, output)
    }
  }

  /** Many threads may wait for the same file: this is reported once. */
  #showWait(why: WorkError | undefined): void {
    if (why !== undefined) this.#log.write('waiting', errorFacts(why))
    this.#waits += why === undefined ? -1 : 1
    if (this.#waits === (why === undefined ? 0 : 1)) this.#watcher.waits?.(why)
  }

  #show(view: ThreadView): void {
    this.#views.set(view.id, view)
    this.#watcher.changed(view)
  }

  #report(ids: Iterable<string>): ReportedThread[] {
    return reportThreads(this.#world.tasks.read(), ids)
  }

  /** Reports the result, including what others did to its threads after they had settled here. */
  #finish(result: Pick<RunReport, 'end'> & Pick<RunOutput, 'batch'>): void {
    this.#patiently(() => this.#reportEnd(result)).then(
      (report) => {
        this.#release()
        this.#resolve(report)
      },
      (error: unknown) => this.#fail(error),
    )
  }

  #reportEnd({ end, batch }: Pick<RunReport, 'end'> & Pick<RunOutput, 'batch'>): RunReport {
    const threads = this.#report(this.#views.keys())
    const report = {
      startedAt: this.#startedAt.toISOString(),
      end: endOf(end, threads, { held: this.#held, blocked: this.#blocked }),
      held: this.#held,
      ...(this.#blocked.length > 0 && { blocked: this.#blocked }),
      threads,
      batch: batch?.id ?? lastBatch([...this.#views.keys()]),
      gate: end === 'gated' && batch !== null ? (this.#closedGate(batch.stage) ?? null) : null,
    }
    for (const thread of threads) {
      if (isNews(thread, this.#views.get(thread.id))) this.#show({ ...thread, isEnding: false })
    }
    return report
  }

  /** An unexpected error: running agents keep running, and the next run adopts them. */
  #fail(error: unknown): void {
    this.#log.write('run failed', errorFacts(error))
    this.#actor.stop()
    const reject = () => {
      this.#release()
      this.#reject(error)
    }
    this.#leaveThreads().then(reject, reject)
  }

  /** Releases every running thread. Until that is done, their next owner might find them half written. */
  async #leaveThreads(): Promise<void> {
    const hosts = [...this.#hosts.values()]
    this.#hosts.clear()
    for (const left of await Promise.allSettled(hosts.map((host) => host.leave()))) {
      if (left.status === 'rejected') throw left.reason
    }
  }

  #release(): void {
    clearInterval(this.#ticker)
    this.#ownership.release()
  }
}

function endOf(
  end: RunReport['end'],
  threads: ReportedThread[],
  { held, blocked }: { held: HeldThread[]; blocked: BlockedThread[] },
): RunReport['end'] {
  if (end !== 'done') return end
  if (!threads.every(isCompleted)) return 'halted'
  if (blocked.length > 0) return 'blocked'
  return held.length > 0 ? 'held' : 'done'
}

function isCompleted({ status }: ReportedThread): boolean {
  return isOver(status)
}

function isNews({ status, session }: ReportedThread, seen: ThreadView | undefined): boolean {
  return seen?.status !== status || seen.session?.sessionId !== session?.sessionId
}

/** The batch of the last of these threads; null if there are none. */
function lastBatch(threadIds: string[]): string | null {
  const last = threadIds.toSorted(compareIds).at(-1)
  return last === undefined ? null : parentId(last, 'batch')
}
