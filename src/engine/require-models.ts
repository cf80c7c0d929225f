import { findModelLine } from '../agents/agents-file.ts'
import { exitCodes, messageOf, WorkError } from '../errors.ts'
import { describeKnownModels, findUnknownModels, type UnknownModel } from '../runners/models.ts'
import type { RunnerModels } from '../runners/runner.ts'
import type { RunWatcher, RunWorld } from './run-context.ts'
import { startsSession, type RunPlan } from './run-plan.ts'

/**
 * Checked before anything is recorded: throws a `WorkError` (`model-not-found`) for a model that does not exist, if
 * the runner can list its models. Problems that do not stop the run are warnings.
 */
export async function requireModels(world: RunWorld, plan: RunPlan, watcher: RunWatcher): Promise<void> {
  const threads = plan.batches.flatMap((batch) => batch.threads).filter(startsSession)
  const agents = new Map(threads.map(({ agent }) => [agent.name, agent]))
  const warn = (warning: string) => {
    world.log?.write('warning', { text: warning })
    watcher.warned?.(warning)
  }
  for (const [name, runner] of world.runners) {
    const own = [...agents.values()].filter(({ runner: its }) => its === name)
    const { models } = runner.definition
    if (runner.listModels === undefined || models === undefined || own.length === 0) continue
    const known = await runner.listModels().catch((error: unknown) => {
      warn(`The models of ${name} could not be listed, so they are not checked: ${messageOf(error)}`)
    })
    if (known === undefined) continue
    const unknown = own.flatMap((agent) => findUnknownModels(agent, known))
    const sentences = await Promise.all(unknown.map((one) => describe(world, one, known, models)))
    const fatal = sentences.filter((_, index) => unknown[index]?.isFatal)
    if (fatal.length > 0) throw notFound(fatal, unknown, known, models)
    for (const sentence of sentences) warn(sentence)
  }
}

async function describe(
  { workspace }: RunWorld,
  unknown: UnknownModel,
  known: readonly string[],
  models: RunnerModels,
): Promise<string> {
  const line = await lineOf(workspace.agents, unknown)
  const place = line === undefined ? 'work/agents.yaml' : `work/agents.yaml:${line}`
  return `${place}: agent "${unknown.agent}" has the model "${unknown.model}", which does not exist. ${describeKnownModels(unknown, known, models)}`
}

/** The file may have changed since it was read: the model is wrong anyway. */
async function lineOf(path: string, { agent, model }: UnknownModel): Promise<number | undefined> {
  try {
    return await findModelLine(path, agent, model)
  } catch (error) {
    if (!(error instanceof WorkError)) throw error
    return undefined
  }
}

function notFound(
  sentences: readonly string[],
  unknown: readonly UnknownModel[],
  known: readonly string[],
  { hint }: RunnerModels,
): WorkError {
  return new WorkError(sentences.join('\n'), {
    code: 'model-not-found',
    hint,
    exitCode: exitCodes.usage,
    facts: {
      unknown: unknown.map(({ agent, model, near }) => ({ agent, model, near })),
      models: known,
    },
  })
}
