import { exitCodes, messageOf, WorkError } from '../errors.ts'
import { findModelLine, type Agent } from '../store/agents/agents-file.ts'
import { nearest } from '../text/nearest.ts'
import { listSome } from '../text/list-some.ts'
import type { RunPlan } from '../engine/run-plan.ts'
import type { RunWatcher, RunWorld } from '../engine/run-context.ts'

/** A model in agents.yaml that the agent's runner does not have. */
export interface UnknownModel {
  agent: string
  /** `provider/model` */
  model: string
  /** Models that were probably meant, most similar first. */
  near: string[]
  /** Sessions will fail: the name is wrong, or the agent has no other model. */
  isFatal: boolean
}

/** The hint for a model that does not exist. The server reads its providers only when it starts. */
export const modelHint =
  'opencode models lists all, work edit --agents corrects it. If you have just set it up: work doctor --stop-server'

/**
 * The models of an agent that do not exist. Agents may name models for other machines with other providers, so a model
 * of a provider that is not set up here is fatal only if the agent has no other model.
 */
export function findUnknownModels(agent: Agent, known: readonly string[]): UnknownModel[] {
  const unknown = agent.models.filter(({ model }) => !known.includes(model))
  const isStranded = unknown.length === agent.models.length
  return unknown.map(({ model }) => {
    const provider = providerOf(model)
    const isProviderKnown = known.some((one) => providerOf(one) === provider)
    return { agent: agent.name, model, near: findNear(model, known), isFatal: isStranded || isProviderKnown }
  })
}

/** `Did you mean local/m1?`, or the existing models. */
export function describeKnownModels({ model, near }: UnknownModel, known: readonly string[]): string {
  if (known.length === 0) return 'No provider is set up: opencode auth login.'
  if (near.length > 0) return `Did you mean ${near.join(' or ')}?`
  const provider = providerOf(model)
  const siblings = known.filter((one) => providerOf(one) === provider)
  if (siblings.length > 0) return `Models of ${provider}: ${listSome(siblings.map(nameOf), 5)}.`
  return `These providers have models: ${listSome([...new Set(known.map(providerOf))], 5)}.`
}

/** Similar names: misspelled ones, and the same model of another provider. */
function findNear(model: string, known: readonly string[]): string[] {
  const elsewhere = known.filter((one) => nameOf(one) === nameOf(model))
  const siblings = known.filter((one) => providerOf(one) === providerOf(model))
  const misspelled =
    siblings.length === 0
      ? nearest(model, known)
      : nearest(nameOf(model), siblings.map(nameOf)).map((name) => `${providerOf(model)}/${name}`)
  return [...new Set([...misspelled, ...elsewhere])].slice(0, 3)
}

function nameOf(model: string): string {
  return model.slice(model.indexOf('/') + 1)
}

function providerOf(model: string): string {
  return model.slice(0, model.indexOf('/'))
}

/**
 * Checked before anything is recorded: throws a `WorkError` (`model-not-found`) for a model that does not exist, if
 * the runner can list its models. Problems that do not stop the run are warnings.
 */
export async function requireModels(world: RunWorld, plan: RunPlan, watcher: RunWatcher): Promise<void> {
  const threads = plan.batches.flatMap((batch) => batch.threads).filter(({ action }) => action !== 'adopt')
  const agents = new Map(threads.map(({ agent }) => [agent.name, agent]))
  const warn = (warning: string) => {
    world.log?.write('warning', { text: warning })
    watcher.warned?.(warning)
  }
  for (const [name, runner] of world.runners) {
    const own = [...agents.values()].filter((agent) => agent.runner === name)
    if (runner.listModels === undefined || own.length === 0) continue
    const known = await runner.listModels().catch((error: unknown) => {
      warn(`The models of ${name} could not be listed, so they are not checked: ${messageOf(error)}`)
    })
    if (known === undefined) continue
    const unknown = own.flatMap((agent) => findUnknownModels(agent, known))
    const sentences = await Promise.all(unknown.map((one) => describe(world, one, known)))
    const fatal = sentences.filter((_, index) => unknown[index]?.isFatal)
    if (fatal.length > 0) throw notFound(fatal, unknown, known)
    for (const sentence of sentences) warn(sentence)
  }
}

async function describe(
  { workspace }: RunWorld,
  unknown: UnknownModel,
  known: readonly string[],
): Promise<string> {
  const line = await lineOf(workspace.agents, unknown)
  const place = line === undefined ? 'work/agents.yaml' : `work/agents.yaml:${line}`
  return `${place}: agent "${unknown.agent}" has the model "${unknown.model}", which does not exist. ${describeKnownModels(unknown, known)}`
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
): WorkError {
  return new WorkError(sentences.join('\n'), {
    code: 'model-not-found',
    hint: modelHint,
    exitCode: exitCodes.usage,
    facts: {
      unknown: unknown.map(({ agent, model, near }) => ({ agent, model, near })),
      models: known,
    },
  })
}
