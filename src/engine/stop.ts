import { exitCodes, WorkError } from '../errors.ts'
import type { Holder } from '../store/lock.ts'
import { requestStop } from '../store/stop-requests.ts'
import type { StreamPaths } from '../paths.ts'
import { requireThread } from '../threads/find-thread.ts'
import { foreignThread, markForeign } from '../threads/foreign.ts'
import { describeHolder, findRuns, ownerOf, threadBusy } from '../threads/leases.ts'
import { startRun } from './run.ts'
import type { RunWatcher, RunWorld } from './run-context.ts'
import type { Selection, ThreadWish } from '../threads/selection.ts'
import type { ThreadFacts } from '../threads/thread.ts'
import { stoppedInterval, stopRequestPatience } from './waits.ts'
import { advice, shell, work } from '../text/hint.ts'

/** What must be done to stop threads. */
export interface StopPlan {
  /** Requests to processes that run them; without `threads`, to stop everything that the process runs. */
  requests: { to: Holder; threads?: string[] }[]
  /** Running threads without a supervisor. */
  unsupervised: string[]
  /** All threads that are running now and will be stopped. */
  running: string[]
  /** Threads that wait for their turn in a run, and will not be started by it. */
  waiting: string[]
}

/**
 * Plans how to stop these threads, or, with `undefined`, all running threads of the workstream. Throws a `WorkError`
 * for a thread that is not running (`thread-not-running`), or whose session belongs elsewhere.
 */
export async function planStop(
  stream: StreamPaths,
  threads: ThreadFacts[],
  ids: readonly string[] | undefined,
): Promise<StopPlan> {
  const runs = await findRuns(stream)
  const named = ids?.map((id) => requireThread(threads, id))
  const seen = await markForeign([...(named ?? threads)], stream)
  const plan: StopPlan = {
    requests: ids === undefined ? runs.map((to) => ({ to })) : [],
    unsupervised: [],
    running: [],
    waiting: [],
  }
  for (const thread of seen) {
    const { id, status, foreign } = thread
    const owner = status === 'running' || named !== undefined ? await ownerOf(stream, id) : undefined
    if (owner === undefined && status !== 'running') {
      if (named !== undefined) throw notRunning(thread)
      continue
    }
    if (foreign !== undefined && owner === undefined) {
      if (named !== undefined) throw foreignThread(thread, foreign)
      continue
    }
    if (status === 'running') plan.running.push(id)
    else plan.waiting.push(id)
    if (owner === undefined) plan.unsupervised.push(id)
    else if (named !== undefined) addRequest(plan, runs, owner, id)
  }
  return plan
}

function addRequest({ requests }: StopPlan, runs: readonly Holder[], owner: Holder, id: string): void {
  // Owned for a moment, for example while it is marked as completed.
  if (!runs.some((run) => isSame(run, owner))) throw threadBusy(id, owner)
  const request = requests.find(({ to }) => isSame(to, owner))
  if (request === undefined) requests.push({ to: owner, threads: [id] })
  else request.threads?.push(id)
}

export interface StopOptions {
  /** Kills sessions without SIGINT and SIGTERM. */
  force: boolean
  from: { pid: number; command: string }
  /** Stops waiting. The other processes still do what was requested. */
  signal: AbortSignal
  /** Resolves after so many milliseconds, or when the signal aborts. */
  pause: (ms: number, signal: AbortSignal) => Promise<void>
}

/**
 * Stops what a plan names. Resolves when all of it has stopped, with whether something was missed: its process handed
 * it over to another one, which was not asked. `world` is opened if a thread has no supervisor.
 */
async function carryOut(
  stream: StreamPaths,
  plan: StopPlan,
  world: () => Promise<RunWorld>,
  options: StopOptions,
): Promise<boolean> {
  const missed = await Promise.all([
    ...plan.requests.map(async ({ to, threads }) => !(await askProcess(stream, to, threads, options))),
    ...(plan.unsupervised.length === 0
      ? []
      : [endUnsupervised(await world(), plan.unsupervised, options).then(() => false, isBusy)]),
  ])
  return missed.includes(true)
}

/** Whether another process has become the supervisor in the meantime; any other error is thrown again. */
function isBusy(error: unknown): boolean {
  if (error instanceof WorkError && error.code === 'thread-busy') return true
  throw error
}

/**
 * Stops threads, or with `undefined` the whole workstream, as {@link planStop} has planned it, and again when a run
 * changed its process in the meantime, as one that detaches does. Returns what was stopped, or was meant to be.
 */
export async function carryOutStop(
  stream: StreamPaths,
  first: StopPlan,
  { observe, ids }: { observe: () => Promise<ThreadFacts[]>; ids: readonly string[] | undefined },
  world: () => Promise<RunWorld>,
  options: StopOptions,
): Promise<StopPlan> {
  let plan = first
  const done = structuredClone(first)
  while ((await carryOut(stream, plan, world, options)) && !options.signal.aborted) {
    const threads = await observe()
    const owned = await Promise.all(threads.map(async ({ id }) => (await ownerOf(stream, id)) !== undefined))
    const left = threads.filter(({ status }, at) => status === 'running' || owned[at] === true)
    plan = await planStop(stream, threads, ids && left.map(({ id }) => id).filter((id) => ids.includes(id)))
    done.requests.push(...plan.requests)
    done.running = [...new Set([...done.running, ...plan.running])]
    done.waiting = [...new Set([...done.waiting, ...plan.waiting])].filter((id) => !done.running.includes(id))
  }
  return done
}

/** Asks a process to stop, and waits until it has. Resolves with whether it took the request. */
async function askProcess(
  stream: StreamPaths,
  to: Holder,
  threads: string[] | undefined,
  { force, from, signal, pause }: StopOptions,
): Promise<boolean> {
  const request = await requestStop(stream.stops, { to, from, ...(threads && { threads }), force })
  const isOver = async () => {
    if (threads === undefined) return !(await findRuns(stream)).some((run) => isSame(run, to))
    const owners = await Promise.all(threads.map((id) => ownerOf(stream, id)))
    return owners.every((owner) => owner === undefined || !isSame(owner, to))
  }
  const asked = performance.now()
  while (!(await isOver())) {
    if (signal.aborted) break
    if (performance.now() - asked > stopRequestPatience && !request.isTaken()) {
      request.withdraw()
      throw noAnswer(to)
    }
    await pause(stoppedInterval, signal)
  }
  const isTaken = request.isTaken()
  // It may have ended before it read the request.
  if (!signal.aborted) request.withdraw()
  return isTaken
}

/** Becomes the supervisor of these threads and ends their sessions. */
async function endUnsupervised(world: RunWorld, ids: readonly string[], options: StopOptions): Promise<void> {
  const left: WorkError[] = []
  const watcher: RunWatcher = {
    planned: () => undefined,
    changed: () => undefined,
    output: () => undefined,
    left: (_, error) => left.push(error),
  }
  const threads = ids.map((id): ThreadWish => ({ id, action: 'go-on' }))
  const selection: Selection = { type: 'threads', threads }
  const run = await startRun(world, { selection, parallel: ids.length }, watcher)
  run.interrupt(options.force)
  const hurry = () => run.interrupt(true)
  options.signal.addEventListener('abort', hurry, { once: true })
  await run.finished
  options.signal.removeEventListener('abort', hurry)
  const [error] = left
  if (error !== undefined) throw error
}

function isSame(one: Holder, other: Holder): boolean {
  return one.pid === other.pid && one.since === other.since
}

function notRunning({ id, name, status }: ThreadFacts): WorkError {
  return new WorkError(`Thread ${id} "${name}" is not running: its status is ${status}.`, {
    code: 'thread-not-running',
    hint: advice`${work('status')} shows what is running.`,
    exitCode: exitCodes.usage,
  })
}

function noAnswer(holder: Holder): WorkError {
  return new WorkError(
    `${capital(describeHolder(holder))} does not react: it may be suspended. It has stopped nothing.`,
    {
      code: 'no-answer',
      hint: advice`${shell('kill', '-KILL', String(holder.pid))}, then ${work('stop')}. Its agents keep running in the meantime.`,
      exitCode: exitCodes.unfinished,
    },
  )
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}
