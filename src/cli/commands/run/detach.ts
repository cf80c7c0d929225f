import { startInBackground, type BackgroundRun } from '../../../engine/background.ts'
import { reportThreads } from '../../../engine/run-result.ts'
import type { RunReport, RunWorld } from '../../../engine/run-context.ts'
import type { RunRequest } from '../../../engine/run.ts'
import { program } from '../../../entry-points.ts'
import { backgroundWord } from './background-word.ts'

/** Lets a process of its own run a request, and reports that it does. */
export async function detachRun(
  world: RunWorld,
  request: RunRequest,
  { server, tmux }: { server?: string | undefined; tmux?: boolean | undefined },
): Promise<RunReport> {
  const started = await startInBackground(
    [process.execPath, program, backgroundWord],
    world.stream,
    world.env,
    {
      command: world.command,
      server,
      tmux,
      request,
    },
  )
  return reportOf(world, started)
}

function reportOf(world: RunWorld, { pid, threads }: BackgroundRun): RunReport {
  return {
    end: 'detached',
    startedAt: world.now().toISOString(),
    process: pid,
    threads: reportThreads(world.tasks.read(), threads),
    batch: null,
    gate: null,
    held: [],
  }
}
