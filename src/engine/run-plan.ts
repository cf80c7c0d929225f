import type { Place, SessionRecord } from '../../machines/session.ts'
import type { ThreadStatus } from '../../machines/statuses.ts'
import type { ForeignSession } from '../process/origin.ts'
import type { Runner } from '../runners/runner.ts'
import { exitCodes, WorkError } from '../errors.ts'
import { compareIds, parentId } from '../ids.ts'
import type { Agent, AgentsFile } from '../agents/agents-file.ts'
import type { Workspace } from '../paths.ts'
import type { Approval } from '../store/index/index-file.ts'
import { requireAgent, withModelFirst } from '../agents/choose-agent.ts'
import { defaultRunner, definitionsOf } from '../runners/registry.ts'
import { refusalToGoOn, refusalToResume } from '../threads/restart.ts'
import { closedGate } from '../approval/gate.ts'
import { placeFor, type Isolation } from './clone-place.ts'
import { selectThreads, wishFor, type Selection, type ThreadWish } from '../threads/selection.ts'
import {
  assignedAgent,
  awaitsDelivery,
  completedTasks,
  isBlocked,
  isDeliveryInterrupted,
  isDone,
  unfinishedTasks,
  stagesOf,
  type ThreadFacts,
} from '../threads/thread.ts'
import { advice, work } from '../text/hint.ts'

/**
 * What a run does with a thread. `swap`: a retry by another agent. `adopt`: its session was started by an earlier run
 * and may still be running. `deliver`: only its work is merged or verified, and no agent runs.
 */
type ThreadAction = 'start' | 'resume' | 'retry' | 'swap' | 'adopt' | 'deliver'

export interface PlannedThread {
  id: string
  name: string
  status: ThreadStatus
  action: ThreadAction
  agent: Agent
  /** Where its session works. */
  place: Place
  /** What completes the thread after its agent has; undefined for nothing more. */
  deliver: SessionRecord['deliver']
  /** Its clone starts over from the newest tip. */
  startsOver: boolean
  /** The command line that would run, if the runner has one. */
  command: string[] | undefined
  openTasks: number
  /** It is done, and its completed tasks are reopened when it starts. */
  reopens: boolean
  /** Number of the session that the thread gets, or has if it is adopted. */
  attempt: number
  /** The user's note for the agent. */
  note: string | undefined
}

/** Whether an agent is started. */
export function startsSession({ action }: Pick<PlannedThread, 'action'>): boolean {
  return action !== 'adopt' && action !== 'deliver'
}

export interface PlannedBatch {
  id: string
  /** Stage number, padded. */
  stage: string
  stageName: string
  name: string
  /** The stage whose approval it currently waits for (`01`); null if it may start in its turn. */
  gate: string | null
  threads: PlannedThread[]
}

/** What a run is going to do, as plain values: printed by `--dry-run`, otherwise carried out. */
export interface RunPlan {
  batches: PlannedBatch[]
  parallel: number
  /**
   * Threads whose provider is rate-limited, or whose session belongs elsewhere. Neither they nor anything after them
   * is run.
   */
  held: HeldThread[]
  /** Threads with blocked tasks, which wait for the user. Neither they nor anything after them is run. */
  blocked?: BlockedThread[]
}

export interface BlockedThread {
  id: string
  name: string
  /** Ids of its blocked tasks. */
  tasks: string[]
}

export type HeldThread = { id: string; name: string } & (
  | { /** ISO time before which a retry is pointless. */ retryAt: string; foreign?: undefined }
  | { /** Its session belongs elsewhere. */ foreign: ForeignSession; retryAt?: undefined }
)

export interface RunPlanInput {
  threads: ThreadFacts[]
  approval: Approval | undefined
  agents: AgentsFile
  runners: Map<string, Runner>
  workspace: Pick<Workspace, 'root' | 'work'>
  isolation: Isolation
  selection: Selection
  /** Overrides agents.yaml. */
  parallel: number | undefined
  /** The user's note for each agent. */
  note?: string | undefined
  now: Date
}

/**
 * Decides what to run: batches in order, each with its unfinished threads. Empty if everything is done. Throws a
 * `WorkError` for an unknown thread, batch or agent, for a batch out of turn, and for a thread that is done.
 */
export function planRun(input: RunPlanInput): RunPlan {
  const { threads, agents, selection } = input
  const chosen = selectThreads(threads, selection)
  const isOwnChoice = selection.type === 'threads'
  const held = isOwnChoice ? [] : chosen.flatMap((thread) => hold(thread, input.now))
  const blocked = isOwnChoice ? [] : chosen.filter(isBlocked).map(describeBlocked)
  const left = new Set([...held, ...blocked].map(({ id }) => id))
  const first = chosen.find(({ id }) => left.has(id))
  const lastBatch = first === undefined ? undefined : parentId(first.id, 'batch')
  const batches = new Map<string, PlannedBatch>()
  for (const thread of chosen) {
    const id = parentId(thread.id, 'batch')
    // After a thread that is left out, only running threads are watched.
    if (lastBatch !== undefined && compareIds(id, lastBatch) > 0 && thread.status !== 'running') continue
    if (left.has(thread.id)) continue
    const batch = batches.get(id) ?? emptyBatch(id, thread, input)
    batch.threads.push(planThread(thread, input))
    batches.set(id, batch)
  }
  return {
    batches: [...batches.values()],
    parallel: input.parallel ?? agents.parallel,
    held,
    ...(blocked.length > 0 && { blocked }),
  }
}

function describeBlocked({ id, name, tasks }: ThreadFacts): BlockedThread {
  return { id, name, tasks: tasks.filter(({ status }) => status === 'blocked').map((task) => task.id) }
}

/**
 * A thread is held until its provider accepts requests again, unless another agent takes it; or permanently, if its
 * session belongs to another checkout or may be running unseen.
 */
function hold(thread: ThreadFacts, now: Date): HeldThread[] {
  const { id, name, foreign } = thread
  if (foreign !== undefined) return [{ id, name, foreign }]
  const retryAt = heldUntil(thread, now)
  return retryAt === undefined ? [] : [{ id, name, retryAt }]
}

/** When the provider that refused a thread's last session accepts requests again; undefined if it does now. */
export function heldUntil(thread: ThreadFacts, now: Date): string | undefined {
  const last = thread.sessions.at(-1)
  if (thread.status !== 'failed' || last?.retryAt === undefined) return undefined
  if (last.agentName !== assignedAgent(thread)) return undefined
  return Date.parse(last.retryAt) > now.getTime() ? last.retryAt : undefined
}

function emptyBatch(id: string, thread: ThreadFacts, { threads, approval }: RunPlanInput): PlannedBatch {
  const stage = parentId(id, 'stage')
  const gate = closedGate(approval, stagesOf(threads), stage) ?? null
  return { id, stage, stageName: thread.stage, name: thread.batch, gate, threads: [] }
}

function planThread(thread: ThreadFacts, input: RunPlanInput): PlannedThread {
  const { agents, runners, note, isolation, workspace } = input
  const wish = wishFor(thread, input.selection)
  const last = thread.sessions.at(-1)
  const isLive = thread.status === 'running' && last !== undefined
  const isDelivery = last !== undefined && isDelivered(thread, wish)
  const isBegun = isLive || isDelivery
  const agent = isBegun ? agentOf(last, agents) : chooseAgent(thread, wish, agents)
  const runner = requireRunner(runners, agent.runner, agent.name)
  const action = isLive ? 'adopt' : isDelivery ? 'deliver' : actionFor(thread, wish, agent, input)
  const reopens = (wish.force === true && isDone(thread)) || wish.startsOver === true
  const reopened = reopens ? completedTasks(thread) : []
  return {
    id: thread.id,
    name: thread.name,
    status: thread.status,
    action,
    agent,
    command: runner.definition.commandOf(agent, action === 'resume' ? 'resume' : 'fresh'),
    place: isBegun ? placeOf(last) : placeFor(thread, input.threads, isolation, workspace),
    deliver: isolation.mode === 'clone' ? 'merge' : isolation.verifies ? 'verify' : undefined,
    startsOver: wish.startsOver === true,
    openTasks: unfinishedTasks(thread).length + reopened.length,
    reopens: reopened.length > 0,
    attempt: lastAttempt(thread) + (isBegun ? 0 : 1),
    note: wish.note ?? note,
  }
}

/**
 * Whether the work of a thread is delivered without another session: the user wants that, or its delivery was
 * interrupted. After a conflict or red checks its agent has to do something first.
 */
function isDelivered(thread: ThreadFacts, { action, agent, force }: ThreadWish): boolean {
  if (!awaitsDelivery(thread)) return false
  if (action !== 'go-on') return action === 'deliver'
  return isDeliveryInterrupted(thread) && agent === undefined && force !== true
}

/** The agent of a new session. A resumed session keeps the agent that began it. */
function chooseAgent(thread: ThreadFacts, wish: ThreadWish, agents: AgentsFile): Agent {
  const before = wish.action === 'go-on' ? undefined : thread.sessions.at(-1)?.agentName
  const agent = requireAgent(agents, wish.agent ?? before ?? assignedAgent(thread))
  return wish.model === undefined ? agent : withModelFirst(agent, wish.model)
}

/**
 * An interrupted session is resumed if nothing known prevents it, and so is one whose work was not merged; anything else
 * is retried.
 */
function actionFor(
  thread: ThreadFacts,
  wish: ThreadWish,
  agent: Agent,
  { workspace: { root }, agents, runners }: RunPlanInput,
): ThreadAction {
  const last = thread.sessions.at(-1)
  if (thread.status === 'pending') return 'start'
  const restart = { agents: agents.agents, runners: definitionsOf(runners), root }
  const isSameAgent = last?.agentName === agent.name
  switch (wish.action) {
    case 'resume': {
      const refusal = refusalToResume(thread, restart)
      if (isSameAgent && refusal === null) return 'resume'
      throw notResumable(thread, agent, refusal)
    }
    case 'more':
      return isSameAgent && refusalToGoOn(thread, restart) === null ? 'resume' : 'retry'
    case 'retry':
      return last === undefined || last.agentName === agent.name || thread.status === 'completed'
        ? 'retry'
        : 'swap'
    case 'deliver':
    case 'go-on':
      return (thread.status === 'interrupted' || awaitsDelivery(thread)) &&
        isSameAgent &&
        refusalToResume(thread, restart) === null
        ? 'resume'
        : 'retry'
  }
}

function notResumable(thread: ThreadFacts, agent: Agent, refusal: string | null): WorkError {
  const why = refusal === null ? '' : ` ${refusal}`
  return new WorkError(
    `Agent "${agent.name}" can't resume the last session of thread ${thread.id} "${thread.name}".${why}`,
    {
      code: 'not-resumable',
      hint: advice`${work('fix', '--thread', thread.id, '--retry')} starts a new session with the open tasks.`,
    },
  )
}

/** The agent of a session that was started earlier, even if agents.yaml no longer has it. */
function agentOf(session: SessionRecord, { agents }: AgentsFile): Agent {
  const { agentName: name, runner, doneWhen } = session
  return (
    agents.find((agent) => agent.name === name) ?? {
      name,
      description: '',
      best_for: '',
      models: [],
      runner: runner ?? defaultRunner,
      done_when: doneWhen ?? 'tasks',
      options: {},
    }
  )
}

/** Where a session works that was started earlier. */
function placeOf({ cwd = '.', branch }: SessionRecord): Place {
  return { cwd, ...(branch !== undefined && { branch }) }
}

/** The number of the thread's last session; 0 before the first. Records of version 1 have none and are counted. */
function lastAttempt(thread: ThreadFacts): number {
  return Math.max(thread.sessions.length, ...thread.sessions.map((session) => session.attempt ?? 0))
}

/** The open runner of that name. Throws a `WorkError` (`runner-unavailable`) for one that this version does not have. */
export function requireRunner(runners: ReadonlyMap<string, Runner>, name: string, agent: string): Runner {
  const runner = runners.get(name)
  if (runner !== undefined) return runner
  throw new WorkError(
    `Agent "${agent}" runs on "${name}", but this version of work supports only: ${[...runners.keys()].join(', ')}.`,
    {
      code: 'runner-unavailable',
      hint: advice`In work/agents.yaml give "${agent}" runner: command, or assign another agent: ${work('assign', '--thread', '<id>', '--agent', '<name>')}`,
      exitCode: exitCodes.usage,
    },
  )
}
