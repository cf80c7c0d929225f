import { resolve } from 'node:path'
import type { SessionRecord, TotalUsage } from '../machines/session.ts'
import type { SessionStatus, TaskStatus, ThreadStanding } from '../machines/statuses.ts'
import { requireApprovedPlan } from './approval/approved-plan.ts'
import { observeFile } from './engine/probe.ts'
import { lookAtPlan } from './approval/changes/inspect.ts'
import { resultOf } from './engine/run-result.ts'
import type { Selection } from './threads/selection.ts'
import { readRestartWorld, type RunReport, type RunWorld } from './engine/run-context.ts'
import { startRun } from './engine/run.ts'
import { openRunners } from './runners/open.ts'
import { loadRunners } from './runners/registry.ts'
import { needsAgents, viewStream } from './threads/status.ts'
import { WorkError } from './errors.ts'
import { requireId } from './ids.ts'
import { helpers, program } from './entry-points.ts'
import { readAgents } from './agents/agents-file.ts'
import { findStream, openIndex, type StreamEntry, type WorkIndex } from './store/index/index-file.ts'
import { openTasks } from './store/tasks/tasks.ts'
import { streamPaths, workspaceAt } from './paths.ts'
import { advice, work } from './text/hint.ts'

export { WorkError } from './errors.ts'
export type { WorkErrorOptions } from './errors.ts'
export type { ProcessIdentity, SessionRecord, TotalUsage, Usage } from '../machines/session.ts'
export type { SessionStatus, TaskStatus, ThreadStanding, ThreadStatus } from '../machines/statuses.ts'

export interface OpenOptions {
  /** Top folder of the repository: the one that has `work/`. */
  root: string
  /** The workstream: id, name or number. The current one by default. */
  stream?: string
  /** The environment that sessions inherit; that of this process by default. */
  env?: Record<string, string | undefined>
}

/** One workstream of a repository. It holds nothing open: let it go when you are done. */
export interface Workstream {
  /** `001-demo` */
  readonly id: string
  /** `demo` */
  readonly name: string
  /**
   * The status at this moment, as in `work status --sessions --json`: also sessions that ended while nobody was there
   * to record it. Writes nothing.
   */
  status(): Promise<StreamStatus>
  /**
   * Runs the threads of one batch (`01.02`) that are not done, as `work multi --batch` does, and resolves when each of
   * them has settled. What did not complete is in the result, and no error. Throws a `WorkError` when nothing could be
   * run: `plan-not-approved`, `thread-busy`, `batch-not-found`, …
   */
  runBatch(batch: string, options?: RunOptions): Promise<RunResult>
  /** The same for batch after batch, as `work multi --continue` does, up to the next stage that waits for approval. */
  runNext(options?: RunOptions): Promise<RunResult>
}

export interface RunOptions {
  /** How many threads at once; as in agents.yaml by default. */
  parallel?: number
  /** Called after each change of a thread, once it is recorded. What it throws is thrown when the run has ended. */
  onChange?: (thread: ThreadChange) => void
  /** Stops the run: its sessions are ended politely, and recorded as interrupted. */
  signal?: AbortSignal
}

/** A thread of a run, as it was just recorded. */
export interface ThreadChange {
  /** `01.02.03` */
  id: string
  status: ThreadStanding
  /** Its last session. */
  session: SessionRecord | undefined
}

/** The result of a run, as in `work multi --json`. */
export interface RunResult {
  stream: string
  /** The batch that was under way or is next, else the last one that ran; null when nothing did. */
  batch: string | null
  status: SessionStatus
  /** The stage whose approval the next one waits for; null when none does. */
  gate: string | null
  /**
   * Threads that were not run: they wait for a provider until `retryAt` (ISO 8601), or their session belongs to another
   * checkout (`elsewhere`) or may be running where it can't be seen (`unknown`). Absent when there are none.
   */
  held?: (
    | { id: string; retryAt: string; session?: undefined; place?: undefined }
    | { id: string; session: 'elsewhere' | 'unknown'; place: string; retryAt?: undefined }
  )[]
  /** Threads that were not run because they have blocked tasks. Absent when there is none. */
  blocked?: { id: string; tasks: string[] }[]
  threads: ThreadResult[]
}

export interface ThreadResult {
  id: string
  status: ThreadStanding
  /** Why its session ended: `exit`, `incomplete`, `timeout`, …; null when there is nothing to say. */
  reason: string | null
  sessionId: string | null
  attempt: number | null
}

export interface StreamStatus {
  id: string
  name: string
  status: TaskStatus | 'on_hold'
  /** Of its tasks, in whole numbers: 100 only when nothing is left to do. */
  percent: number
  stages: {
    id: string
    name: string
    status: TaskStatus
    completed: number
    total: number
    /** What its sessions used, as far as known. */
    usage?: TotalUsage
  }[]
  usage?: TotalUsage
  threads: ThreadState[]
  /** Threads of PLAN.md of which nothing is recorded: they count as not done. Absent when there is none. */
  unrecorded?: { id: string; name: string; tasks: number }[]
}

export interface ThreadState {
  id: string
  name: string
  status: ThreadStanding
  /** Why it failed or was interrupted. */
  reason: string | null
  /** Who does it. */
  agent: string
  /** Whether its last session can be resumed. */
  resumable: boolean
  tasks: { total: number; completed: number }
  usage?: TotalUsage
  /** Oldest first. */
  sessions: SessionRecord[]
}

/**
 * Opens a workstream of a repository. Throws a `WorkError` for a repository without workstreams (`not-initialized`), and
 * for one that is not there (`stream-not-found`, `no-current-stream`).
 */
export function openWorkstream({ root, stream: wanted, env = process.env }: OpenOptions): Workstream {
  const workspace = workspaceAt(resolve(root))
  const index = openIndex(workspace, now)
  const { id, name } = choose(index.read(), wanted)
  const stream = streamPaths(workspace, id)
  const tasks = openTasks(stream, now)

  const openWorld = async (): Promise<RunWorld> => ({
    workspace,
    stream,
    // From here on it has to be there.
    tasks: openTasks(stream, now, true),
    index,
    plan: requireApprovedPlan({ stream, tasks, index }),
    agents: await readAgents(workspace.agents),
    runners: await openRunners(await loadRunners(), { workspace, helpers, env, now, server: undefined }),
    now,
    env,
    program,
    command: `the library, in ${process.argv[1] ?? process.execPath}`,
  })

  const run = async (selection: Selection, options: RunOptions): Promise<RunResult> => {
    const world = await openWorld()
    try {
      return resultOf(id, await runToEnd(world, selection, options))
    } finally {
      for (const runner of world.runners.values()) await runner.close()
    }
  }

  return {
    id,
    name,
    status: async () => {
      const observed = await observeFile(tasks, stream, now)
      const { threads } = observed
      const restart = needsAgents(threads) ? await readRestartWorld(workspace) : undefined
      const choice = { within: [], failed: false }
      const entry = findStream(index.read(), id)
      const plan = await lookAtPlan(entry, stream, observed)
      const view = viewStream(entry, threads, { sessions: true, restart, choice, plan })
      return {
        ...view,
        threads: view.threads.map((thread) => ({ ...thread, sessions: thread.sessions ?? [] })),
      }
    },
    runBatch: (batch, options = {}) =>
      run({ type: 'batch', batch: requireId(batch, 'batch'), force: false }, options),
    runNext: (options = {}) => run({ type: 'continue', without: [] }, options),
  }
}

async function runToEnd(world: RunWorld, selection: Selection, options: RunOptions): Promise<RunReport> {
  const { parallel, onChange, signal } = options
  signal?.throwIfAborted()
  const thrown: unknown[] = []
  const run = await startRun(
    world,
    { selection, parallel },
    {
      planned: () => undefined,
      output: () => undefined,
      changed: ({ id, status, session }) => {
        try {
          onChange?.({ id, status, session })
        } catch (error) {
          // An observer that throws must not harm the run.
          thrown.push(error)
        }
      },
    },
  )
  const stop = () => run.interrupt(false)
  signal?.addEventListener('abort', stop)
  // It may have been aborted while the run was started.
  if (signal?.aborted === true) stop()
  try {
    const report = await run.finished
    if (thrown.length > 0) throw thrown[0]
    return report
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

function now(): Date {
  return new Date()
}

function choose(index: WorkIndex, wanted: string | undefined): StreamEntry {
  const name = wanted ?? index.current_stream
  if (name !== undefined) return findStream(index, name)
  throw new WorkError('No workstream is current, and none was named.', {
    code: 'no-current-stream',
    hint: advice`openWorkstream({ root, stream: '001-…' }), or ${work('current', '--set', '<id>')}`,
  })
}
