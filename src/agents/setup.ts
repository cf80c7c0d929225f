import { loadRunner, loadRunners, runnerOf } from '../runners/registry.ts'
import { knownPrograms, otherProgram, programsWithModels, type KnownProgram } from './known-programs.ts'
import { placeholder, templateModel, type AgentSketch } from './template.ts'
import type { Helpers } from '../runners/agent.ts'
import { modelListPatience } from './waits.ts'

/** The choices for a new agents.yaml. */
export interface AgentChoice {
  /** Program of the agent `default`: one of the names that `work init` knows. */
  program: string
  /** For a program with models; the template's model if none is chosen. */
  model: string | undefined
}

/** The known agents that are installed, found by their executables on PATH. None is started. */
export async function findInstalled(env: Record<string, string>, helpers: Helpers): Promise<KnownProgram[]> {
  const runners = await loadRunners()
  return knownPrograms.filter(({ name }) => runnerOf(runners, name).isInstalled?.(env, helpers) === true)
}

/** The models of a known program that has some. Throws a `WorkError` if they can't be listed. */
export async function listModels(
  program: KnownProgram,
  root: string,
  env: Record<string, string>,
  helpers: Helpers,
): Promise<string[]> {
  const { models } = await loadRunner(program.name)
  return (await models?.list({ root, env, helpers, timeout: modelListPatience })) ?? []
}

/** The default of `work init` without questions: opencode, unless only another agent is installed. */
export function defaultChoice(installed: readonly KnownProgram[]): AgentChoice {
  const first = knownPrograms[0]?.name ?? otherProgram
  const isMissing = installed.every(({ name }) => name !== first)
  return { program: (isMissing ? installed[0]?.name : undefined) ?? first, model: undefined }
}

/** The agents of a new agents.yaml: `default`, and the other installed programs that need no choice of a model. */
export function sketchAgents(
  { program, model }: AgentChoice,
  installed: readonly KnownProgram[],
): AgentSketch[] {
  const chosen = knownPrograms.find(({ name }) => name === program)
  const others = installed.filter(({ name, hasModels }) => name !== program && hasModels !== true)
  return [
    {
      name: 'default',
      description: 'General-purpose implementation agent.',
      best_for: 'Standard development tasks.',
      runner: program,
      edits: chosen?.edits,
      model: programsWithModels.includes(program) ? (model ?? templateModel) : undefined,
      command: program === otherProgram ? [placeholder] : undefined,
    },
    ...others.map(({ name, title, edits }) => ({
      name,
      description: `${title}.`,
      best_for: 'Threads assigned to it.',
      runner: name,
      edits,
    })),
  ]
}
