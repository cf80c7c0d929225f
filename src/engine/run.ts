import type { SettledThread } from '../../machines/run-context.ts'
import { WorkError } from '../errors.ts'
import { findStream } from '../store/index/index-file.ts'
import { markForeign } from '../threads/foreign.ts'
import { ownerOf, ownRun, threadBusy } from '../threads/leases.ts'
import { requireModels } from './require-models.ts'
import { requireThread } from '../threads/find-thread.ts'
import { planRun, startsSession, type PlannedBatch, type RunPlan } from './run-plan.ts'
import { beginIsolation } from './isolation.ts'
import { isolationOf } from './clone-place.ts'
import type { Selection } from '../threads/selection.ts'
import type { Run, RunWatcher, RunWorld } from './run-context.ts'
import { requireSnapshot } from '../threads/snapshot.ts'
import { Supervisor } from './supervisor.ts'
import { threadsOf, type ThreadFacts } from '../threads/thread.ts'
import { installProgram } from './link-program.ts'

export interface RunRequest {
  selection: Selection
  /** Overrides agents.yaml. */
  parallel: number | undefined
  /** The user's note for each agent. */
  note?: string | undefined
  /** Threads that ended while another process had this run: they are not started again. */
  ended?: readonly SettledThread[] | undefined
}

/**
 * What a run would do, without doing it, to the threads as recorded, or as `known`. Throws a `WorkError`
 * (`bad-snapshot`) if the chart of one of its threads can't be restored: it would stop the others halfway.
 */
export async function previewRun(
  world: RunWorld,
  request: RunRequest,
  known?: ThreadFacts[],
): Promise<RunPlan> {
  const file = world.tasks.read()
  const recorded = threadsOf(file)
  const plan = planRun({
    ...request,
    threads: await markForeign(known ?? recorded, world.stream),
    approval: findStream(world.index.read(), world.stream.id).approval,
    agents: world.agents,
    runners: world.runners,
    workspace: world.workspace,
    isolation: isolationOf(file, world.stream, world.agents.clones),
    now: world.now(),
  })
  for (const { id } of plan.batches.flatMap((batch) => batch.threads)) {
    requireSnapshot(requireThread(recorded, id))
  }
  return plan
}

/**
 * Runs threads until the run ends. First becomes the owner of all of them: a `WorkError` (`thread-busy`) means that
 * another process owns one, and nothing was changed.
 */
export async function startRun(world: RunWorld, request: RunRequest, watcher: RunWatcher): Promise<Run> {
  const wanted = await planUnowned(world, request)
  await prepareRunners(world, wanted)
  await requireModels(world, wanted, watcher)
  const ended = request.ended ?? []
  const ids = wanted.batches
    .flatMap((batch) => batch.threads.map((thread) => thread.id))
    .filter((id) => !ended.some((thread) => thread.id === id))
  const self = { pid: process.pid, command: world.command, since: world.now().toISOString() }
  const ownership = await ownRun(world.stream, ids, self)
  try {
    // Another owner may have changed the threads since they were read.
    const plan = await previewRun(world, request)
    const known = [...ids, ...ended.map(({ id }) => id)]
    const owned = { ...plan, batches: plan.batches.map((batch) => keepOnly(batch, known)) }
    logPlan(world, owned)
    installProgram(world.workspace, world.program)
    await beginIsolation(world)
    watcher.planned(owned)
    return new Supervisor(world, owned, { watcher, ownership, self, ended })
  } catch (error) {
    ownership.release()
    throw error
  }
}

/**
 * Like `previewRun`, but if something is not possible because another process runs the thread, the error names that
 * process.
 */
async function planUnowned(world: RunWorld, request: RunRequest): Promise<RunPlan> {
  try {
    return await previewRun(world, request)
  } catch (error) {
    const { selection } = request
    if (selection.type !== 'threads' || !(error instanceof WorkError) || error.code !== 'thread-running') {
      throw error
    }
    for (const { id } of selection.threads) {
      const holder = await ownerOf(world.stream, id)
      if (holder !== undefined) throw threadBusy(id, holder)
    }
    throw error
  }
}

function logPlan({ log, stream }: RunWorld, { batches, held, parallel }: RunPlan): void {
  for (const { id, action, agent, attempt } of batches.flatMap((batch) => batch.threads)) {
    log?.write('planned', { stream: stream.id, thread: id, action, agent: agent.name, attempt, parallel })
  }
  for (const { id, retryAt, foreign } of held) {
    log?.write('held', { stream: stream.id, thread: id, retryAt, session: foreign?.type })
  }
}

/**
 * Checked before anything is recorded: a missing program stops the command once instead of failing each thread.
 * Sessions that already run need no check.
 */
async function prepareRunners({ runners }: RunWorld, plan: RunPlan): Promise<void> {
  const begun = plan.batches.flatMap(({ threads }) => threads.filter(startsSession))
  const names = begun.map((thread) => thread.agent.runner)
  for (const name of new Set(names)) await runners.get(name)?.prepare()
}

function keepOnly(batch: PlannedBatch, ids: readonly string[]): PlannedBatch {
  return { ...batch, threads: batch.threads.filter((thread) => ids.includes(thread.id)) }
}
