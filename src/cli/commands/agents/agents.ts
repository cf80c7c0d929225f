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
    columns: [
      { head: 'Agent', cell: ({ name }) => name },
      { head: 'Runner', cell: ({ runner }) => runner },
      {
        head: 'Models or command',
        cell: (agent) =>
          runnerOf(runners, agent.runner).commandOf(agent, 'fresh')?.join(' ') ??
          agent.models.map(nameModel).join(', '),
        shrink: true,
      },
      { head: 'Best for', cell: (agent) => agent.best_for || agent.description, shrink: true },
    ],
    rows: found,
    paintHead: colors.dim,
    ellipsis: glyphs.ellipsis,
    width: outputWidth(),
  })
}
