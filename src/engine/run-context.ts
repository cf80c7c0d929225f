import type { DeliveryStop } from '../../machines/delivery.ts'
import type { SessionRecord } from '../../machines/session.ts'
import type { RunEnd } from '../../machines/run-context.ts'
import type { WorkError } from '../errors.ts'
import type { Runner } from '../runners/runner.ts'
import type { RestartWorld } from '../threads/restart.ts'
import type { Plan } from '../plan/plan.ts'
import { readAgents, type AgentsFile } from '../agents/agents-file.ts'
import { loadRunners, definitionsOf } from '../runners/registry.ts'
import type { IndexStore } from '../store/index/index-file.ts'
import type { StopRequest } from '../store/stop-requests.ts'
import type { TasksStore } from '../store/tasks/tasks.ts'
import type { StreamPaths, Workspace } from '../paths.ts'
import type { Output, ThreadView } from './thread-actor.ts'
import type { WorkLog } from '../log/log.ts'
import type { BlockedThread, HeldThread, RunPlan } from './run-plan.ts'

/** What a run needs from its surroundings. */
export interface RunWorld {
  workspace: Workspace
  stream: StreamPaths
  tasks: TasksStore
  index: IndexStore
  agents: AgentsFile
  runners: Map<string, Runner>
  /** The approved PLAN.md, for prompts. */
  plan: Plan
  now: () => Date
  /**
   * Milliseconds without activity after which an agent that has reported all its tasks counts as hanging. Default: 10
   * minutes.
   */
  hungAfter?: number | undefined
  /** Milliseconds that killed sessions get to end before they are left alone. Default: 5 seconds. */
  patience?: number | undefined
  /** Milliseconds to wait for missing state files. Default: 10 seconds. */
  statePatience?: number | undefined
  /** The environment that sessions inherit. */
  env: NodeJS.ProcessEnv
  /** Absolute path of the program, so that sessions find it as `work`. */
  program: string
  /** The command as typed, shown to others that find a thread taken. */
  command: string
  /** The log of decisions and actions. Default: none. */
  log?: WorkLog | undefined
  /** For the session that plans: its prompt, and the only file that it may write, absolute. */
  planning?: { prompt: (session: SessionRecord) => string; writes: string } | undefined
}

/** What decides how its threads may be started again. */
export function restartWorld({ agents, runners, workspace }: RunWorld): RestartWorld {
  return { agents: agents.agents, runners: definitionsOf(runners), root: workspace.root }
}

/** The same for threads that are only shown, as agents.yaml has it now. Throws a `WorkError` if that can't be read. */
export async function readRestartWorld({ agents: path, root }: Workspace): Promise<RestartWorld> {
  const runners = await loadRunners()
  const { agents } = await readAgents(path, runners)
  return { agents, runners, root }
}

export interface RunWatcher {
  planned: (plan: RunPlan) => void
  /** Before the run starts: something that does not stop it, as a sentence. */
  warned?: ((warning: string) => void) | undefined
  /** A thread has changed, durably. */
  changed: (view: ThreadView) => void
  /** A running thread has new activity. */
  output: (threadId: string, output: Output) => void
  /** The session of a thread could not be stopped: it stays recorded as running, and the next run handles it. */
  left?: ((threadId: string, error: WorkError) => void) | undefined
  /** A state file is missing or unreadable, and the run waits for it; undefined when the wait is over. */
  waits?: ((why: WorkError | undefined) => void) | undefined
  /** Another process asked to stop these threads, or the whole run. */
  stopRequested?: ((request: StopRequest) => void) | undefined
  /** These threads were stopped before they had started, and will not be started by this run. */
  dropped?: ((threadIds: readonly string[]) => void) | undefined
}

/** A run in progress. */
export interface Run {
  finished: Promise<RunReport>
  /**
   * Stops the run: sessions are interrupted, or killed with `force`, and recorded as interrupted. Sessions that
   * survive the kill are left recorded as running: the next run ends them.
   */
  interrupt(force: boolean): void
  /** Stops some of its threads, or keeps them from starting; the others continue. */
  stop(threadIds: readonly string[], force: boolean): void
  /** The running threads, as last recorded. */
  live(): ThreadView[]
  /** Leaves the run; the agents keep running. */
  leave(): void
}

/** The state of a thread, by its chart and its tasks. */
export interface ReportedThread extends Pick<ThreadView, 'id' | 'status' | 'session'> {
  /** Why it failed or was interrupted. */
  reason: string | null
  /** Why the work of its completed session was not merged or verified. */
  stopped?: DeliveryStop | undefined
}

export interface RunReport {
  /**
   * `left`: this process left the run, and the agents keep running. `detached`: another process runs it in the
   * background. `held`: nothing can run until a provider accepts requests again. `blocked`: nothing can run until the
   * user unblocks a task.
   */
  end: Exclude<RunEnd, 'lost'> | 'left' | 'detached' | 'held' | 'blocked'
  /** ISO time at which it started. */
  startedAt: string
  /** For `detached`: the process that runs it now. */
  process?: number
  /**
   * Threads of this run, ordered by id, in their state at its end: another process may have run one again in the
   * meantime. `running` also for a session that could not be stopped.
   */
  threads: ReportedThread[]
  /** The current or next batch, otherwise the last one that ran; null if none did. */
  batch: string | null
  /** For `gated`: the stage that waits for approval. */
  gate: string | null
  /** For `held`: the threads that wait, and until when. */
  held: HeldThread[]
  /** Threads that were not run because one of their tasks is blocked. */
  blocked?: BlockedThread[]
}
