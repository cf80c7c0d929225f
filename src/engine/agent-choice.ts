import { distance } from 'fastest-levenshtein'
import { WorkError } from '../errors.ts'
import type { Agent, AgentsFile } from '../store/agents-file.ts'

/** The agent of that name. Throws a `WorkError` (`agent-not-found`) that names the near ones. */
export function requireAgent({ agents }: AgentsFile, name: string): Agent {
  const agent = agents.find((one) => one.name === name)
  if (agent !== undefined) return agent
  const near = agents
    .map((one) => one.name)
    .toSorted((left, right) => distance(left, name) - distance(right, name))
    .slice(0, 5)
  throw new WorkError(
    `There is no agent "${name}" in work/agents.yaml. There are: ${near.join(', ') || 'none'}.`,
    {
      code: 'agent-not-found',
      hint: 'work agents',
    },
  )
}
