import type { SessionRecord } from '../../machines/session.ts'
import type { ThreadStatus } from '../../machines/statuses.ts'
import type { Runner } from '../agents/runner.ts'
import { exitCodes, WorkError } from '../errors.ts'
import { compareIds, isUnder, parentId } from '../ids.ts'
import type { Agent, AgentsFile } from '../store/agents-file.ts'
import type { Approval } from '../store/index-file.ts'
import { requireAgent } from './agent-choice.ts'
import { closedGate } from './gate.ts'
import { assignedAgent, isDone, openTasks, stagesOf, type ThreadFacts } from './thread-facts.ts'

/** Which threads a run is about. */
export type Selection =
  /** The threads of one batch. */
  | {
      type: 'batch'
      batch: string
      /** Also when an earlier batch of its stage is not done. */ force: boolean
    }
  /** The next unfinished batch, and on from there. */
  | { type: 'continue' }
  /** One thread; `agent` does it this once, whoever it is assigned to. */
  | { type: 'thread'; thread: string; agent: string | undefined }

/** What a run does with a thread. `adopt`: its session was started by an earlier run, and may still live. */
export type ThreadAction = 'start' | 'resume' | 'retry' | 'adopt'

export interface PlannedThread {
  id: string
  name: string
  status: ThreadStatus
  action: ThreadAction
  agent: Agent
  /** The command line that would run, where the runner has one. */
  command: string[] | undefined
  openTasks: number
  /** Number of the session that the thread gets, or has when it is adopted. */
  attempt: number
}

export interface PlannedBatch {
  id: string
  /** Stage number, padded. */
  stage: string
  stageName: string
  name: string
  /** The stage whose approval it still waits for (`01`), as things are now; null when it may start in its turn. */
  gate: string | null
  threads: PlannedThread[]
}

/** What a run is going to do, as plain values: printed by `--dry-run`, carried out otherwise. */
export interface RunPlan {
  batches: PlannedBatch[]
  parallel: number
}

export interface RunPlanInput {
  threads: ThreadFacts[]
  approval: Approval | undefined
  agents: AgentsFile
  runners: Map<string, Runner>
  selection: Selection
  /** Overrides agents.yaml. */
  parallel: number | undefined
}

/**
 * Decides what to run: batches in order, each with its threads that are not done. Empty when all is done. Throws a
 * `WorkError` for an unknown thread, batch or agent, for a batch whose turn it is not, and for a thread that is done.
 */
export function planRun(input: RunPlanInput): RunPlan {
  const { threads, agents, selection } = input
  const chosen = choose(threads, selection)
  const batches = new Map<string, PlannedBatch>()
  for (const thread of chosen) {
    const id = parentId(thread.id, 'batch')
    const batch = batches.get(id) ?? emptyBatch(id, thread, input)
    batch.threads.push(planThread(thread, input))
    batches.set(id, batch)
  }
  return { batches: [...batches.values()], parallel: input.parallel ?? agents.parallel }
}

function choose(threads: ThreadFacts[], selection: Selection): ThreadFacts[] {
  if (threads.length === 0) {
    throw new WorkError('This workstream has no tasks yet.', {
      code: 'no-tasks',
      hint: 'work approve plan, then work approve tasks',
    })
  }
  switch (selection.type) {
    case 'continue':
      return threads.filter((thread) => !isDone(thread))
    case 'batch':
      return chooseBatch(threads, selection.batch, selection.force)
    case 'thread':
      return [chooseThread(threads, selection.thread)]
  }
}

function chooseBatch(threads: ThreadFacts[], batch: string, force: boolean): ThreadFacts[] {
  const members = threads.filter((thread) => isUnder(thread.id, batch))
  if (members.length === 0) {
    const ids = [...new Set(threads.map((thread) => parentId(thread.id, 'batch')))]
    throw new WorkError(`There is no batch ${batch} in tasks.json. There are: ${ids.join(', ')}.`, {
      code: 'batch-not-found',
      hint: 'work tree',
    })
  }
  const stage = parentId(batch, 'stage')
  const earlier = threads.find(
    (thread) =>
      isUnder(thread.id, stage) && !isDone(thread) && compareIds(parentId(thread.id, 'batch'), batch) < 0,
  )
  if (earlier !== undefined && !force) {
    const first = parentId(earlier.id, 'batch')
    throw new WorkError(
      `Batch ${batch} comes after batch ${first}, whose thread ${earlier.id} is not done.`,
      {
        code: 'batch-not-next',
        hint: `work multi --batch ${first}, or --force to run ${batch} all the same`,
      },
    )
  }
  return members.filter((thread) => !isDone(thread))
}

function chooseThread(threads: ThreadFacts[], id: string): ThreadFacts {
  const thread = requireThread(threads, id)
  if (!isDone(thread)) return thread
  throw new WorkError(`Thread ${id} "${thread.name}" is done: all its tasks are completed or cancelled.`, {
    code: 'thread-completed',
    hint: `work update --thread ${id} --status pending makes its tasks open again.`,
  })
}

/** The thread with this id. Throws a `WorkError` (`thread-not-found`) that lists those of its batch, or all. */
export function requireThread(threads: ThreadFacts[], id: string): ThreadFacts {
  const thread = threads.find((one) => one.id === id)
  if (thread !== undefined) return thread
  const siblings = threads.filter((one) => isUnder(one.id, parentId(id, 'batch')))
  const near = (siblings.length > 0 ? siblings : threads).slice(0, 8).map((one) => `${one.id} ${one.name}`)
  throw new WorkError(`There is no thread ${id} in tasks.json. Near it: ${near.join(', ')}.`, {
    code: 'thread-not-found',
    hint: 'work tree',
  })
}

function emptyBatch(id: string, thread: ThreadFacts, { threads, approval }: RunPlanInput): PlannedBatch {
  const stage = parentId(id, 'stage')
  const gate = closedGate(approval, stagesOf(threads), stage) ?? null
  return { id, stage, stageName: thread.stage, name: thread.batch, gate, threads: [] }
}

function planThread(thread: ThreadFacts, { agents, runners, selection }: RunPlanInput): PlannedThread {
  const named = selection.type === 'thread' ? selection.agent : undefined
  const last = thread.sessions.at(-1)
  const isLive = thread.status === 'running' && last !== undefined
  const agent = isLive ? agentOf(last, agents) : requireAgent(agents, named ?? assignedAgent(thread))
  const runner = requireRunner(runners, agent)
  const action = isLive ? 'adopt' : actionFor(thread, agent, runner)
  return {
    id: thread.id,
    name: thread.name,
    status: thread.status,
    action,
    agent,
    command: runner.commandOf(agent, action === 'resume' ? 'resume' : 'fresh'),
    openTasks: openTasks(thread).length,
    attempt: lastAttempt(thread) + (action === 'adopt' ? 0 : 1),
  }
}

/** An interrupted session is gone on with where its runner and agent can; anything else is done anew. */
function actionFor(thread: ThreadFacts, agent: Agent, runner: Runner): ThreadAction {
  const last = thread.sessions.at(-1)
  if (thread.status === 'pending') return 'start'
  const isSame = last?.agentName === agent.name && last.runner === runner.name
  if (thread.status === 'interrupted' && isSame && runner.canResume(agent, last)) return 'resume'
  return 'retry'
}

/** Who does a session that was started earlier, also when agents.yaml no longer tells. */
function agentOf(session: SessionRecord, { agents }: AgentsFile): Agent {
  const { agentName: name, runner, doneWhen } = session
  return (
    agents.find((agent) => agent.name === name) ?? {
      name,
      description: '',
      best_for: '',
      models: [],
      runner: runner === 'opencode' ? 'opencode' : 'command',
      done_when: doneWhen ?? 'tasks',
    }
  )
}

/** The number of the thread's last session; 0 before the first. Records of version 1 carry none and are counted. */
export function lastAttempt(thread: ThreadFacts): number {
  return Math.max(thread.sessions.length, ...thread.sessions.map((session) => session.attempt ?? 0))
}

function requireRunner(runners: Map<string, Runner>, agent: Agent): Runner {
  const runner = runners.get(agent.runner)
  if (runner !== undefined) return runner
  throw new WorkError(
    `Agent "${agent.name}" runs on "${agent.runner}", and this version of work runs only: ${[...runners.keys()].join(', ')}.`,
    {
      code: 'runner-unavailable',
      hint: `In work/agents.yaml give "${agent.name}" runner: command, or assign another agent: work assign --thread <id> --agent <name>`,
      exitCode: exitCodes.usage,
    },
  )
}
