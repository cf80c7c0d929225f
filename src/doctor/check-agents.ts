import { counted } from '../text/plural.ts'
import type { UnknownField } from '../agents/fields.ts'
import type { Agent, AgentsFile } from '../agents/agents-file.ts'
import { ok, problem, warning, type Check } from './check.ts'
import { listSome } from '../text/list-some.ts'
import type { CheckedStream } from './check-streams.ts'
import { assignedAgent, isDone } from '../threads/thread.ts'
import { advice, work } from '../text/hint.ts'

/** Checks that each agent can run, and that each unfinished thread has an agent. */
export function checkAgents(
  { agents, parallel }: AgentsFile,
  streams: CheckedStream[],
  {
    checkAgent,
    unknownFields,
  }: {
    /** Checks an agent by its runner. */
    checkAgent: (agent: Agent) => Check
    /** Unknown fields of agents.yaml. */
    unknownFields: (UnknownField & { line: number })[]
  },
): Check[] {
  return [
    ok('agents.yaml', `${counted(agents.length, 'agent')}, ${counted(parallel, 'thread')} at once`),
    ...unknownFields.map(checkField),
    ...agents.map(checkAgent),
    ...streams.flatMap((stream) => checkAssignments(stream, agents)),
  ]
}

/** An unknown field has no effect: fine for a field of another tool, but not for a misspelled one. */
function checkField({ line, name, meant }: UnknownField & { line: number }): Check {
  const text = `line ${line}: unknown field ${name}`
  return meant === undefined
    ? ok('agents.yaml', `${text} has no effect`)
    : warning('agents.yaml', text, advice`Did you mean "${meant}"? ${work('edit', '--agents')}`)
}

function checkAssignments({ stream, threads }: CheckedStream, agents: Agent[]): Check[] {
  const open = threads.filter((thread) => !isDone(thread))
  const names = [...new Set(open.map(assignedAgent))]
  return names
    .filter((name) => !agents.some((agent) => agent.name === name))
    .map((name) => {
      const ids = open.filter((thread) => assignedAgent(thread) === name).map(({ id }) => id)
      return problem(
        `agent ${name}`,
        `is not in agents.yaml, but is assigned to threads of ${stream.id}: ${listSome(ids)}`,
        advice`Add it to work/agents.yaml, or: ${work('assign', '--stream', stream.id, '--thread', ids[0] ?? '', '--agent', '<name>')}`,
      )
    })
}
