import { listSome } from '../text/list-some.ts'
import { nearest } from '../text/nearest.ts'
import type { RunnerModels } from './runner.ts'

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

/** An agent, as far as its models matter. */
export interface AgentWithModels {
  name: string
  models: readonly { model: string }[]
}

/**
 * The models of an agent that do not exist. Agents may name models for other machines with other providers, so a model
 * of a provider that is not set up here is fatal only if the agent has no other model.
 */
export function findUnknownModels(agent: AgentWithModels, known: readonly string[]): UnknownModel[] {
  const unknown = agent.models.filter(({ model }) => !known.includes(model))
  const isStranded = unknown.length === agent.models.length
  return unknown.map(({ model }) => {
    const provider = providerOf(model)
    const isProviderKnown = known.some((one) => providerOf(one) === provider)
    return { agent: agent.name, model, near: findNear(model, known), isFatal: isStranded || isProviderKnown }
  })
}

/** `Did you mean local/m1?`, or the existing models of the runner. */
export function describeKnownModels(
  { model, near }: UnknownModel,
  known: readonly string[],
  { whenNone }: RunnerModels,
): string {
  if (known.length === 0) return whenNone
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
