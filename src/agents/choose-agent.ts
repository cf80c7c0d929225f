import { distance } from 'fastest-levenshtein'
import { WorkError } from '../errors.ts'
import type { Agent, AgentsFile, Model } from './agents-file.ts'
import { work } from '../text/hint.ts'

/** The agent of that name. Throws a `WorkError` (`agent-not-found`) with similar names. */
export function requireAgent({ agents }: AgentsFile, name: string): Agent {
  const agent = agents.find((one) => one.name === name)
  if (agent !== undefined) return agent
  const near = agents
    .map((one) => one.name)
    .toSorted((left, right) => distance(left, name) - distance(right, name))
    .slice(0, 5)
  throw new WorkError(
    `Agent "${name}" not found in work/agents.yaml. Agents: ${near.join(', ') || 'none'}.`,
    {
      code: 'agent-not-found',
      hint: work('agents'),
    },
  )
}

/** The agent with this model first. Throws a `WorkError` (`model-not-found`) that lists its models. */
export function withModelFirst(agent: Agent, name: string): Agent {
  const first = agent.models.find((model) => nameModel(model) === name || model.model === name)
  if (first !== undefined)
    return { ...agent, models: [first, ...agent.models.filter((one) => one !== first)] }
  const names = agent.models.map(nameModel).join(', ')
  throw new WorkError(`Agent "${agent.name}" has no model ${name}. Its models: ${names || 'none'}.`, {
    code: 'model-not-found',
    hint: work('agents'),
  })
}

/** `provider/model`, or `provider/model:variant`. */
export function nameModel({ model, variant }: Model): string {
  return variant === undefined ? model : `${model}:${variant}`
}
