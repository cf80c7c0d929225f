import type { SessionRecord } from '../../machines/session.ts'
import type { Runner, RunnerDefinition } from './runner.ts'
import { unknownRunner } from './unknown.ts'

/** Every runner, by its name in agents.yaml: a folder, loaded when it is needed. The first one is the default. */
const folders: Record<string, () => Promise<{ runner: RunnerDefinition }>> = {
  opencode: () => import('./opencode/index.ts'),
  claude: () => import('./agent-cli/claude.ts'),
  codex: () => import('./agent-cli/codex.ts'),
  gemini: () => import('./agent-cli/gemini.ts'),
  command: () => import('./command/index.ts'),
}

/** Runners that are loaded, by name. */
export type Runners = ReadonlyMap<string, RunnerDefinition>

/** The runner of an agent that names none. */
export const defaultRunner = 'opencode'

/** Loads all runners. */
export async function loadRunners(): Promise<Runners> {
  const loaded = await Promise.all(Object.values(folders).map((load) => load()))
  return new Map(loaded.map(({ runner }) => [runner.name, runner]))
}

/**
 * Loads the runner that a session record names. A name that this version does not know, or none, gives a runner whose
 * sessions can only be read.
 */
export async function loadRunner(name: string | undefined): Promise<RunnerDefinition> {
  const load = name !== undefined && Object.hasOwn(folders, name) ? folders[name] : undefined
  return load === undefined ? unknownRunner(name) : (await load()).runner
}

/** The same from runners that are loaded already. */
export function runnerOf(runners: Runners, name: string | undefined): RunnerDefinition {
  return (name === undefined ? undefined : runners.get(name)) ?? unknownRunner(name)
}

/** The name of the runner of a session, also of version 1, which did not record it: it ran everything on opencode. */
export function runnerOfRecord({ runner, runnerSessionId }: SessionRecord): string | undefined {
  return runner ?? (runnerSessionId === undefined ? undefined : 'opencode')
}

/** The agent of a session, if it is still there and runs on the same runner. */
export function agentOfRecord<Agent extends { name: string; runner: string }>(
  agents: readonly Agent[],
  session: SessionRecord,
): Agent | undefined {
  const agent = agents.find(({ name }) => name === session.agentName)
  return agent?.runner === runnerOfRecord(session) ? agent : undefined
}

/** The definitions of open runners. */
export function definitionsOf(runners: ReadonlyMap<string, Runner>): Runners {
  return new Map([...runners].map(([name, { definition }]) => [name, definition]))
}
