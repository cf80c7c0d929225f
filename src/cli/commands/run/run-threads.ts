import { requireApprovedPlan } from '../../../approval/approved-plan.ts'
import { handOver } from '../../../engine/hand-over.ts'
import type { ThreadView } from '../../../engine/thread-actor.ts'
import { preloadEngine } from '../../../engine/preload.ts'
import { previewRun, startRun, type RunRequest } from '../../../engine/run.ts'
import type { RunReport, RunWatcher, RunWorld } from '../../../engine/run-context.ts'
import { openRunners } from '../../../runners/open.ts'
import { loadRunners } from '../../../runners/registry.ts'
import { threadsOf } from '../../../threads/thread.ts'
import type { Plan } from '../../../plan/plan.ts'
import type { RunPlan } from '../../../engine/run-plan.ts'
import { helpers, program } from '../../../entry-points.ts'
import { readAgents } from '../../../agents/agents-file.ts'
import { openTasks } from '../../../store/tasks/tasks.ts'
import { warnOfFields } from '../agents/field-warnings.ts'
import { commandLog } from '../../command-log.ts'
import { now, openStream, requireHuman, type CommonOptions, type StreamContext } from '../../context.ts'
import { warnOfDamage } from '../inspect/integrity-warnings.ts'
import { detachRun } from './detach.ts'
import { streamFlag } from '../../hint.ts'
import { print, printJson } from '../../output.ts'
import { outliveReader } from '../../broken-pipe.ts'
import { describeEnd, exitCodeOf, reportAsJson } from './report.ts'
import { describeRunPlan } from './run-preview.ts'
import { showRun } from './display.ts'
import { handleSignals, isInHurry } from '../../signals.ts'

export interface RunFlags extends CommonOptions {
  dryRun?: boolean
  parallel?: number
  /** An opencode server to use, by its address. */
  server?: string | undefined
  /** Shows each thread in a window of tmux, too. */
  tmux?: boolean | undefined
  /** Lets another process run it in the background. */
  detach?: boolean
}

/** Runs what was asked for and shows it: what `multi` and `execute` have in common. Gives the exit code. */
export async function runThreads(
  action: string,
  options: RunFlags,
  selection: RunRequest['selection'],
): Promise<number> {
  if (options.tmux === true) await (await import('./tmux.ts')).requireTmux(process.env)
  const world = await openWorld(openStream(options), options)
  try {
    const request = { selection, parallel: options.parallel }
    if (options.dryRun === true) {
      showPreview(action, world, await previewRun(world, request), options)
      return 0
    }
    const report = await watchRun(world, request, options)
    await showReport(action, world, report, options)
    return exitCodeOf(report)
  } finally {
    await closeWorld(world)
  }
}

/** Prints what a run would do. */
export function showPreview(
  action: string,
  { stream, index }: Pick<RunWorld, 'stream' | 'index'>,
  preview: RunPlan,
  options: RunFlags,
): void {
  if (options.json === true) printJson({ action, stream: stream.id, dryRun: true, ...preview })
  else print(describeRunPlan(stream.id, preview, streamFlag(stream.id, index.read().current_stream)))
}

/** Prints the result of a run. */
export async function showReport(
  action: string,
  world: RunWorld,
  report: RunReport,
  options: RunFlags,
): Promise<void> {
  if (options.json === true) printJson(reportAsJson(action, world.stream.id, report))
  else print(await describeEnd(world, report, threadsOf(world.tasks.read())))
}

/**
 * Runs and shows a run until it ends, passing on the signals that this process gets. An agent starts no threads, not
 * even its own again: its session is part of a run that the user started.
 */
export async function watchRun(
  world: RunWorld,
  request: RunRequest,
  options: RunFlags,
  /** Is called with the ids of the threads once this process owns them. */
  started: (threads: string[]) => void = () => undefined,
): Promise<RunReport> {
  requireHuman('starting threads', world.command)
  if (options.detach === true) return detachRun(world, request, options)
  await preloadEngine()
  const view = showRun(world, options)
  const windows =
    options.tmux === true
      ? (await import('./tmux-display.ts')).showInWindows(world, view, options.server)
      : undefined
  try {
    const views = new Map<string, ThreadView>()
    const dropped = new Set<string>()
    const watcher = noting(windows?.watcher ?? view, { views, dropped, started })
    const run = await startRun(world, request, watcher)
    const signals = handleSignals(run, view)
    outliveReader()
    const keys = view.listen(run)
    try {
      const report = await run.finished
      return keys.isDetaching()
        ? await detachRun(world, handOver(request, [...views.values()], [...dropped]), options)
        : report
    } finally {
      keys.stop()
      signals.stop()
    }
  } finally {
    await windows?.finished()
    view.stop()
  }
}

/** Keeps each thread as it was last recorded, and which were stopped before they had started. */
function noting(
  watcher: RunWatcher,
  notes: { views: Map<string, ThreadView>; dropped: Set<string>; started: (threads: string[]) => void },
): RunWatcher {
  return {
    ...watcher,
    planned: (plan) => {
      watcher.planned(plan)
      notes.started(plan.batches.flatMap(({ threads }) => threads.map(({ id }) => id)))
    },
    changed: (thread) => {
      notes.views.set(thread.id, thread)
      watcher.changed(thread)
    },
    dropped: (ids) => {
      for (const id of ids) notes.dropped.add(id)
      watcher.dropped?.(ids)
    },
  }
}

/** What a run needs of the world. Throws a `WorkError` when plan or tasks are not approved. */
export async function openWorld(context: StreamContext, options: RunFlags): Promise<RunWorld> {
  const plan = requireApprovedPlan(context)
  warnOfDamage(context, threadsOf(context.tasks.read()))
  const world = await openWorldOf(context, plan, options)
  await warnOfFields(context.workspace)
  return world
}

/** The same for a plan that may not be approved, as when threads are only stopped. */
export async function openWorldOf(
  { workspace, stream, index }: StreamContext,
  plan: Plan,
  options: RunFlags,
): Promise<RunWorld> {
  const log = commandLog()
  return {
    workspace,
    stream,
    // From here on it has to be there.
    tasks: openTasks(stream, now, true),
    index,
    agents: await readAgents(workspace.agents),
    runners: await openRunners(await loadRunners(), {
      workspace,
      helpers,
      env: process.env,
      now,
      server: options.server,
      log,
    }),
    plan,
    now,
    env: process.env,
    program,
    command: ['work', ...process.argv.slice(2)].join(' '),
    log,
  }
}

/** Releases what the runners hold. Sessions keep running. Where it has to be quick, the end of this process does that. */
export async function closeWorld({ runners }: RunWorld): Promise<void> {
  if (isInHurry()) return
  for (const runner of runners.values()) await runner.close()
}
