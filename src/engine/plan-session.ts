export { mostRepairs } from '../../machines/draft-context.ts'
import type { DraftingEnd } from '../../machines/draft-context.ts'
import type { SessionRecord } from '../../machines/session.ts'
import type { AgentsFile } from '../agents/agents-file.ts'
import type { PlanningPaths } from '../paths.ts'
import { planningThread, planningThreadId } from '../planning/state.ts'
import { refusalToGoOn } from '../threads/restart.ts'
import type { ThreadWish } from '../threads/selection.ts'
import type { TasksStore } from '../store/tasks/tasks.ts'
import type { RunRequest } from './run.ts'
import { restartWorld, type RunReport, type RunWorld } from './run-context.ts'

/** What the session that plans needs in addition to a run. */
export interface PlanningInput {
  paths: PlanningPaths
  planning: TasksStore
  /** The prompt of a session. */
  prompt: (session: SessionRecord) => string
}

/** The surroundings of a run whose only thread is the planning of a workstream, in the main working tree. */
export function planningWorld(world: RunWorld, { paths, planning, prompt }: PlanningInput): RunWorld {
  return {
    ...world,
    stream: paths,
    tasks: planning,
    agents: agentsThatPlan(world.agents),
    planning: { prompt, writes: paths.draft },
  }
}

/** A draft shows whether it is done, so what counts of a session is how it ends. */
function agentsThatPlan({ agents, parallel, clones, ...rest }: AgentsFile): AgentsFile {
  return {
    ...rest,
    parallel,
    agents: agents.map((agent) => ({ ...agent, done_when: 'exit' })),
    clones: { ...clones, isolation: 'none', setup: [], verify: [] },
  }
}

/**
 * What to run for the last request: the session that is there gets more to do, if its runner still has it; otherwise a new one
 * begins.
 */
export async function planningRequest(
  world: RunWorld,
  { agent, model }: Pick<ThreadWish, 'agent' | 'model'>,
): Promise<RunRequest> {
  const action = await actionFor(world, agent)
  const wish = { id: planningThreadId, action, agent, model, force: true }
  return { selection: { type: 'threads', threads: [wish] }, parallel: 1 }
}

async function actionFor(world: RunWorld, agent: string | undefined): Promise<ThreadWish['action']> {
  const thread = planningThread(world.tasks.read())
  const last = thread?.sessions.at(-1)
  if (thread === undefined || last === undefined || thread.status === 'running') return 'go-on'
  const isOther = agent !== undefined && agent !== last.agentName
  if (isOther || refusalToGoOn(thread, restartWorld(world)) !== null) return 'retry'
  const refusal = await world.runners.get(last.runner ?? '')?.askToResume(last)
  return refusal === null ? 'more' : 'retry'
}

/** How the session ended, by the report of its run. */
export function draftingEnd({ end, threads }: Pick<RunReport, 'end' | 'threads'>): DraftingEnd {
  if (end === 'left' || end === 'detached') return 'left'
  const status = threads.find(({ id }) => id === planningThreadId)?.status
  if (status === 'completed' || status === 'failed') return status
  return status === 'running' ? 'left' : 'interrupted'
}
