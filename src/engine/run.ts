import type { RunEnd } from '../../machines/run.ts'
import type { Runner } from '../agents/runner.ts'
import type { Plan } from '../plan/plan.ts'
import type { AgentsFile } from '../store/agents-file.ts'
import { findStream, type IndexStore } from '../store/index-file.ts'
import type { TasksStore } from '../store/tasks.ts'
import type { StreamPaths, Workspace } from '../workspace.ts'
import { linkProgram } from './environment.ts'
import type { ThreadView } from './host.ts'
import { ownThreads } from './owners.ts'
import { planRun, type PlannedBatch, type RunPlan, type Selection } from './run-plan.ts'
import { Supervisor } from './supervisor.ts'
import { threadsOf } from './thread-facts.ts'

/** What a run needs of the world around it. */
export interface RunWorld {
  workspace: Workspace
  stream: StreamPaths
  tasks: TasksStore
  index: IndexStore
  agents: AgentsFile
  runners: Map<string, Runner>
  /** PLAN.md as approved: what agents are told. */
  plan: Plan
  now: () => Date
  /** The environment that sessions inherit. */
  env: NodeJS.ProcessEnv
  /** Absolute path of the program, so that sessions find it as `work`. */
  program: string
  /** What was typed, for whoever finds a thread taken. */
  command: string
}

export interface RunWatcher {
  planned: (plan: RunPlan) => void
  /** A thread has changed, durably. */
  changed: (view: ThreadView) => void
  /** A live thread's last line of output is another one. */
  output: (threadId: string, line: string) => void
}

export interface RunRequest {
  selection: Selection
  /** Overrides agents.yaml. */
  parallel: number | undefined
}

/** One run, under way. */
export interface Run {
  finished: Promise<RunReport>
  /** Stops it: politely, and by force when asked. Sessions end, and are recorded as interrupted. */
  interrupt(force: boolean): void
  /** Goes away and lets the agents live on. */
  leave(): void
}

export interface RunReport {
  /** `left`: this process went away, and the agents live on. */
  end: RunEnd | 'left'
  /** Threads of this run, in order of their ids, as they were last recorded. */
  threads: ThreadView[]
  /** The batch that was under way or is next, else the last one that ran; null when nothing did. */
  batch: string | null
  /** For `gated`: the stage that waits for approval. */
  gate: string | null
}

/** What a run would do, without doing it. */
export function previewRun(world: RunWorld, request: RunRequest): RunPlan {
  return planRun({
    ...request,
    threads: threadsOf(world.tasks.read()),
    approval: findStream(world.index.read(), world.stream.id).approval,
    agents: world.agents,
    runners: world.runners,
  })
}

/**
 * Runs threads until the run ends. Becomes the owner of all of them first: a `WorkError` (`thread-busy`) says when
 * another process owns one, and then nothing has been touched.
 */
export async function startRun(world: RunWorld, request: RunRequest, watcher: RunWatcher): Promise<Run> {
  const wanted = previewRun(world, request)
  const ids = wanted.batches.flatMap((batch) => batch.threads.map((thread) => thread.id))
  const ownership = await ownThreads(world.stream, ids, {
    pid: process.pid,
    command: world.command,
    since: world.now().toISOString(),
  })
  try {
    // What was read before the threads were owned may have changed under another owner's hands.
    const plan = previewRun(world, request)
    const owned = { ...plan, batches: plan.batches.map((batch) => keepOwned(batch, ids)) }
    linkProgram(world.workspace, world.program)
    watcher.planned(owned)
    return new Supervisor(world, owned, watcher, ownership)
  } catch (error) {
    ownership.release()
    throw error
  }
}

function keepOwned(batch: PlannedBatch, ids: string[]): PlannedBatch {
  return { ...batch, threads: batch.threads.filter((thread) => ids.includes(thread.id)) }
}
