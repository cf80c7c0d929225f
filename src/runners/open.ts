import { keepProgram } from '../process/kept-program.ts'
import type { Runners } from './registry.ts'
import type { Runner, RunnerOptions } from './runner.ts'
import { withLog } from './with-log.ts'

/** Opens these runners in a repository. Nothing is started before it is needed. */
export async function openRunners(runners: Runners, options: RunnerOptions): Promise<Map<string, Runner>> {
  const { helpers, log } = options
  for (const program of Object.values(helpers)) keepProgram(program)
  const opened = await Promise.all([...runners.values()].map((runner) => runner.open(options)))
  return new Map(
    opened.map((runner) => [runner.definition.name, log === undefined ? runner : withLog(runner, log)]),
  )
}
