import { delimiter, isAbsolute, join } from 'node:path'
import { isProgram } from '../process/executable.ts'
import { knownPrograms, type KnownProgram } from './known-programs.ts'
import { runListModels } from '../runners/opencode/list-models.ts'
import { findOpencode } from '../runners/opencode/server/executable.ts'
import { WorkError } from '../errors.ts'
import { placeholder, templateModel, type AgentSketch } from '../store/agents/template.ts'

/** The choices for a new agents.yaml. */
export interface AgentChoice {
  /** Program of the agent `default`: one of the names that `work init` knows. */
  program: string
  /** For opencode; the template's model if none is chosen. */
  model: string | undefined
}

/** Time limit for listing the models of opencode, in milliseconds. */
const modelPatience = 20_000

/** The known agents that are installed, found by their executables on PATH. None is started. */
export function findInstalled(env: Record<string, string>, keeper: string): KnownProgram[] {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => isAbsolute(folder))
  return knownPrograms.filter(({ name }) =>
    name === 'opencode'
      ? opencodeIn(env, keeper) !== undefined
      : folders.some((folder) => isProgram(join(folder, name))),
  )
}

/** The models of opencode. Throws a `WorkError` if they can't be listed. */
export function listOpencodeModels(
  root: string,
  env: Record<string, string>,
  keeper: string,
): Promise<string[]> {
  return runListModels(findOpencode(env, keeper), root, env, modelPatience)
}

/** The default of `work init` without questions: opencode, unless only another agent is installed. */
export function defaultChoice(installed: readonly KnownProgram[]): AgentChoice {
  const isMissing = installed.every(({ name }) => name !== 'opencode')
  return { program: (isMissing ? installed[0]?.name : undefined) ?? 'opencode', model: undefined }
}

/** The agents of a new agents.yaml: `default`, and the other installed programs by name. */
export function sketchAgents(
  { program, model }: AgentChoice,
  installed: readonly KnownProgram[],
): AgentSketch[] {
  const chosen = knownPrograms.find(({ name }) => name === program)
  const others = installed.filter(({ name, runner }) => name !== program && runner === 'command')
  return [
    {
      name: 'default',
      description: 'General-purpose implementation agent.',
      best_for: 'Standard development tasks.',
      ...(chosen?.runner === 'opencode'
        ? { model: model ?? templateModel }
        : { command: chosen?.command ?? [placeholder], done_when: chosen?.done_when, note: chosen?.note }),
    },
    ...others.map(({ name, title, command, done_when, note }) => ({
      name,
      description: `${title}.`,
      best_for: 'Threads assigned to it.',
      command,
      done_when,
      note,
    })),
  ]
}

function opencodeIn(env: Record<string, string>, keeper: string): string | undefined {
  try {
    return findOpencode(env, keeper)
  } catch (error) {
    if (!(error instanceof WorkError)) throw error
    return undefined
  }
}
