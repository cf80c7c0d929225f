import type { RunEnd } from '../../machines/run.ts'
import type { WorkError } from '../errors.ts'
import type { Runner } from '../agents/runner.ts'
import type { Plan } from '../plan/plan.ts'
import type { AgentsFile } from '../store/agents-file.ts'
import type { IndexStore } from '../store/index-file.ts'
import type { StopRequest } from '../store/stop-requests.ts'
import type { TasksStore } from '../store/tasks.ts'
import type { StreamPaths, Workspace } from '../workspace.ts'
import type { Output, ThreadView } from './host.ts'
import type { WorkLog } from './log.ts'
import type { BlockedThread, HeldThread, RunPlan } from './run-plan.ts'

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
  /** Milliseconds for which an agent that has reported all its tasks may go without a word; 10 minutes unless told. */
  hungAfter?: number | undefined
  /** Milliseconds that sessions get to end by force until they are left as they are; 5 seconds unless told. */
  patience?: number | undefined
  /** Milliseconds for which state files that are gone are waited for; 10 seconds unless told. */
  statePatience?: number | undefined
  /** The environment that sessions inherit. */
  env: NodeJS.ProcessEnv
  /** Absolute path of the program, so that sessions find it as `work`. */
  program: string
  /** What was typed, for whoever finds a thread taken. */
  command: string
  /** Where to write down what is decided and done; nowhere unless told. */
  log?: WorkLog | undefined
}

export interface RunWatcher {
  planned: (plan: RunPlan) => void
  /** Before the run starts: something that does not stop it, as a sentence. */
  warned?: ((warning: string) => void) | undefined
  /** A thread has changed, durably. */
  changed: (view: ThreadView) => void
  /** A live thread does something else. */
  output: (threadId: string, output: Output) => void
  /** The session of a thread could not be ended: it stays recorded as running, and the next run sees to it. */
  left?: ((threadId: string, error: WorkError) => void) | undefined
  /** A state file is gone or can't be read, and is waited for; undefined when the wait is over. */
  waits?: ((why: WorkError | undefined) => void) | undefined
  /** Another process asked to stop these threads, or the whole run. */
  stopRequested?: ((request: StopRequest) => void) | undefined
  /** These threads were stopped before they had started, and will not be started by this run. */
  dropped?: ((threadIds: readonly string[]) => void) | undefined
}

/** One run, under way. */
export interface Run {
  finished: Promise<RunReport>
  /**
   * Stops it: politely, and by force when asked. Sessions end, and are recorded as interrupted. What does not end by force
   * within seconds is left, and recorded as running: the next run ends it.
   */
  interrupt(force: boolean): void
  /** Stops some of its threads, or keeps them from starting; the others continue. */
  stop(threadIds: readonly string[], force: boolean): void
  /** The threads that live now, as they were last recorded. */
  live(): ThreadView[]
  /** Goes away and lets the agents live on. */
  leave(): void
}

/** A thread as it stands, by its chart and its tasks. */
export interface ReportedThread extends Pick<ThreadView, 'id' | 'status' | 'session'> {
  /** Why it failed or was interrupted. */
  reason: string | null
}

export interface RunReport {
  /**
   * `left`: this process went away, and the agents live on. `detached`: another process runs it in the background. `held`: nothing more can be done before a provider takes
   * something again. `blocked`: before a person unblocks a task.
   */
  end: Exclude<RunEnd, 'lost'> | 'left' | 'detached' | 'held' | 'blocked'
  /** ISO time at which it started. */
  startedAt: string
  /** For `detached`: the process that runs it now. */
  process?: number
  /**
   * Threads of this run, in order of their ids, as they stand at its end: others may have run one again meanwhile.
   * `running` also for what could not be ended.
   */
  threads: ReportedThread[]
  /** The batch that was under way or is next, else the last one that ran; null when nothing did. */
  batch: string | null
  /** For `gated`: the stage that waits for approval. */
  gate: string | null
  /** For `held`: the threads that wait, and until when. */
  held: HeldThread[]
  /** Threads that were not run because a task of theirs is blocked. */
  blocked?: BlockedThread[]
}
