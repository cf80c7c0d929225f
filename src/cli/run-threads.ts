import { requireApproval } from '../engine/gate.ts'
import { previewRun, startRun, type RunRequest } from '../engine/run.ts'
import type { RunReport, RunWorld } from '../engine/run-world.ts'
import { openRunners } from '../engine/runners.ts'
import { newThreadIds } from '../engine/task-list.ts'
import { parsePlan } from '../plan/parse.ts'
import type { Plan } from '../plan/plan.ts'
import { readAgents } from '../store/agents-file.ts'
import { now, openStream, readPlanText, type CommonOptions, type StreamContext } from './context.ts'
import { print, printJson } from './output.ts'
import { describeEnd, describeRunPlan, exitCodeOf, reportAsJson } from './run-report.ts'
import { showRun } from './run-view.ts'
import { helpers, program } from './programs.ts'
import { handleSignals } from './signals.ts'

export interface RunOptions extends CommonOptions {
  dryRun?: boolean
  parallel?: number
  /** An opencode server to use, by its address. */
  server?: string
  /** Shows each thread in a window of tmux, too. */
  tmux?: boolean
}

/** Runs what was asked for and shows it: what `multi` and `execute` have in common. Gives the exit code. */
export async function runThreads(
  action: string,
  options: RunOptions,
  selection: RunRequest['selection'],
): Promise<number> {
  if (options.tmux === true) await (await import('../engine/tmux.ts')).requireTmux(process.env)
  const context = openStream(options)
  const planText = readPlanText(context)
  const { plan } = parsePlan(planText)
  requireApproval(context.entry, planText, () => newThreadIds(context.tasks.read(), plan).length > 0)
  const world = await openWorld(context, plan, options.server)
  const request = { selection, parallel: options.parallel }
  const asJson = options.json === true

  if (options.dryRun === true) {
    const preview = previewRun(world, request)
    if (asJson) printJson({ action, stream: context.entry.id, dryRun: true, ...preview })
    else print(describeRunPlan(context.entry.id, preview))
    return 0
  }

  const report = await watchRun(world, request, options)
  if (asJson) printJson(reportAsJson(action, context.entry.id, report))
  else print(describeEnd(context.stream, report))
  return exitCodeOf(report)
}

/** Runs and shows a run until it ends, passing on the signals that this process gets. */
async function watchRun(world: RunWorld, request: RunRequest, options: RunOptions): Promise<RunReport> {
  const view = showRun(world.stream.id, options.json === true)
  const windows =
    options.tmux === true
      ? (await import('./run-windows.ts')).showInWindows(world, view, options.server)
      : undefined
  try {
    const run = await startRun(world, request, windows?.watcher ?? view)
    const signals = handleSignals(run, view)
    try {
      return await run.finished
    } finally {
      signals.stop()
    }
  } finally {
    await windows?.finished()
    view.stop()
    await closeAll(world)
  }
}

async function openWorld(context: StreamContext, plan: Plan, server: string | undefined): Promise<RunWorld> {
  const { workspace, stream, tasks, index } = context
  return {
    workspace,
    stream,
    tasks,
    index,
    agents: await readAgents(workspace.agents),
    runners: openRunners({ workspace, helpers, env: process.env, now, server }),
    plan,
    now,
    env: process.env,
    program,
    command: ['work', ...process.argv.slice(2)].join(' '),
  }
}

async function closeAll({ runners }: RunWorld): Promise<void> {
  for (const runner of runners.values()) await runner.close()
}
