import { commandRunner } from '../agents/command.ts'
import type { Runner } from '../agents/runner.ts'

export interface RunnerOptions {
  /** Absolute path of the built recorder. */
  recorder: string
  /** How long a session may take to react to SIGINT, and then to SIGTERM, in milliseconds. */
  grace: number
}

/** Every runner there is, by the name that agents.yaml uses. */
export function openRunners(options: RunnerOptions): Map<string, Runner> {
  const runners = [commandRunner(options)]
  return new Map(runners.map((runner) => [runner.name, runner]))
}
