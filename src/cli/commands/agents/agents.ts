import { nameModel } from '../../../agents/choose-agent.ts'
import { agentAsJson, readAgents, type Agent } from '../../../agents/agents-file.ts'
import { loadRunners, runnerOf, type Runners } from '../../../runners/registry.ts'
import { renderTable } from '../../../ui/table.ts'
import { openRepository, type CommonOptions } from '../../context.ts'
import { outputStyle, outputWidth, print, printJson } from '../../output.ts'

export type AgentsOptions = CommonOptions

/** `work agents`: who there is, on what they run and what for. */
export async function agents(options: AgentsOptions): Promise<void> {
  const { workspace } = openRepository(options)
  const file = await readAgents(workspace.agents)
  if (options.json === true) return printJson({ ...file, agents: file.agents.map(agentAsJson) })
  const runners = await loadRunners()
  print(describeAgents(file.agents, runners))
}

function describeAgents(found: Agent[], runners: Runners): string[] {
  const { colors, glyphs } = outputStyle()
  return renderTable({
    head: ['Agent', 'Runner', 'Models or command', 'Best for'].map((text) => ({ text, paint: colors.dim })),
    rows: found.map((agent) => [
      agent.name,
      agent.runner,
      runnerOf(runners, agent.runner).commandOf(agent, 'fresh')?.join(' ') ??
        agent.models.map(nameModel).join(', '),
      agent.best_for || agent.description,
    ]),
    shrink: [2, 3],
    ellipsis: glyphs.ellipsis,
    width: outputWidth() ?? Infinity,
  })
}
