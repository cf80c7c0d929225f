import type { DraftingEnd } from '../../../../machines/draft-context.ts'
import type { SessionRecord } from '../../../../machines/session.ts'
import type { AgentsFile } from '../../../agents/agents-file.ts'
import { draftingEnd, mostRepairs, planningRequest, planningWorld } from '../../../engine/plan-session.ts'
import { preloadEngine } from '../../../engine/preload.ts'
import { startRun } from '../../../engine/run.ts'
import type { RunWatcher } from '../../../engine/run-context.ts'
import { isolationOf } from '../../../engine/clone-place.ts'
import { parsePlan } from '../../../plan/parse/parse.ts'
import { planningName, planningOf, planningThread, planningThreadId } from '../../../planning/state.ts'
import { readRepositoryFacts } from '../../../planning/repository-facts.ts'
import { promptOf } from '../../../planning/session-prompt.ts'
import { inheritedEnvironment } from '../../../process/env.ts'
import { warnOfFields } from '../agents/field-warnings.ts'
import { outliveReader } from '../../broken-pipe.ts'
import { handleSignals } from '../../signals.ts'
import { showRun, type RunView } from '../run/display.ts'
import { closeWorld, openWorldOf } from '../run/run-threads.ts'
import type { DeskOptions } from './options.ts'
import type { PlanningContext } from './planning-context.ts'

/** Runs the session that plans until it has done what was asked for last, or has ended otherwise, and shows it. */
export async function runPlanner(place: PlanningContext, options: DeskOptions): Promise<DraftingEnd> {
  const { context, paths, planning } = place
  const { workspace, stream, tasks } = context
  await warnOfFields(workspace)
  const world = await openWorldOf(context, parsePlan('').plan, options)
  try {
    const planner = options.agent ?? plannerOf(world.agents)
    const facts = await readRepositoryFacts(workspace.root, inheritedEnvironment(process.env))
    const isIsolated = isolationOf(tasks.read(), stream, world.agents.clones).mode === 'clone'
    const prompt = (session: SessionRecord) =>
      promptOf(session, planningOf(planning.read()), {
        stream: stream.id,
        paths,
        agents: world.agents.agents,
        isIsolated,
        facts,
        isStarted: tasks.read().tasks.length > 0,
        mostRepairs,
      })
    const own = planningWorld(world, { paths, planning, prompt })
    const hasBegun = (planningThread(planning.read())?.sessions.length ?? 0) > 0
    const agent = options.agent ?? (hasBegun ? undefined : planner)
    await preloadEngine()
    const view = showRun({ stream, runners: own.runners }, options)
    try {
      const request = await planningRequest(own, { agent, model: options.model })
      const run = await startRun(own, request, asPlan(view))
      const signals = handleSignals(run, view)
      outliveReader()
      try {
        return draftingEnd(await run.finished)
      } finally {
        signals.stop()
      }
    } finally {
      view.stop()
    }
  } finally {
    await closeWorld(world)
  }
}

/** The agent that plans: that of agents.yaml, else the one named "default", else the first. */
export function plannerOf({ planner, agents }: AgentsFile): string {
  const named = agents.find(({ name }) => name === (planner ?? 'default'))
  return (named ?? agents[0])?.name ?? 'default'
}

function nameOf(id: string): string {
  return id === planningThreadId ? planningName : id
}

/** The run as users see it: its thread has the name of the planning. */
function asPlan(view: RunView): RunWatcher {
  return {
    planned: (plan) =>
      view.planned({
        ...plan,
        batches: plan.batches.map((batch) => ({
          ...batch,
          threads: batch.threads.map((thread) => ({ ...thread, id: nameOf(thread.id) })),
        })),
      }),
    warned: view.warned,
    changed: (thread) => view.changed({ ...thread, id: nameOf(thread.id) }),
    output: (id, output) => view.output(nameOf(id), output),
    left: (id, error) => view.left?.(nameOf(id), error),
    waits: view.waits,
    stopRequested: ({ threads, ...request }) =>
      view.stopRequested?.({ ...request, ...(threads && { threads: threads.map(nameOf) }) }),
  }
}
