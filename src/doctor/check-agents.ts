import { delimiter, join, resolve } from 'node:path'
import { counted } from '../text/plural.ts'
import { isProgram } from '../process/executable.ts'
import type { UnknownField } from '../store/agents/fields.ts'
import type { Agent, AgentsFile } from '../store/agents/agents-file.ts'
import { ok, problem, warning, type Check } from './check.ts'
import { listSome } from '../text/list-some.ts'
import { describeKnownModels, findUnknownModels, modelHint } from '../agents/models.ts'
import type { CheckedStream } from './check-streams.ts'
import { assignedAgent, isDone } from '../threads/thread.ts'

/** What agents need, as far as it can be checked without starting them. */
export interface AgentSurroundings {
  /** Where sessions start, absolute. */
  root: string
  /** The environment of sessions. */
  env: Record<string, string>
  /** The models of opencode's providers; undefined if they can't be listed. */
  models: string[] | undefined
  /** Unknown fields of agents.yaml. */
  unknownFields: (UnknownField & { line: number })[]
}

/** Checks that each agent can run, and that each unfinished thread has an agent. */
export function checkAgents(
  { agents, parallel }: AgentsFile,
  streams: CheckedStream[],
  surroundings: AgentSurroundings,
): Check[] {
  return [
    ok('agents.yaml', `${counted(agents.length, 'agent')}, ${counted(parallel, 'thread')} at once`),
    ...surroundings.unknownFields.map(checkField),
    ...agents.map((agent) =>
      agent.runner === 'opencode'
        ? checkModels(agent, surroundings.models)
        : checkCommands(agent, surroundings),
    ),
    ...streams.flatMap((stream) => checkAssignments(stream, agents)),
  ]
}

/** An unknown field has no effect: fine for a field of another tool, but not for a misspelled one. */
function checkField({ line, name, meant }: UnknownField & { line: number }): Check {
  const text = `line ${line}: unknown field ${name}`
  return meant === undefined
    ? ok('agents.yaml', `${text} has no effect`)
    : warning('agents.yaml', text, `Did you mean "${meant}"? work edit --agents`)
}

function checkModels(agent: Agent, known: string[] | undefined): Check {
  const name = `agent ${agent.name}`
  const unknown = known === undefined ? [] : findUnknownModels(agent, known)
  const [first] = unknown
  if (first === undefined || known === undefined) {
    return ok(name, `opencode: ${agent.models.map(({ model }) => model).join(', ')}`)
  }
  const report = unknown.some(({ isFatal }) => isFatal) ? problem : warning
  const names = listSome(unknown.map(({ model }) => model))
  return report(name, `opencode does not have ${names}. ${describeKnownModels(first, known)}`, modelHint)
}

function checkCommands(agent: Agent, { root, env }: AgentSurroundings): Check {
  const name = `agent ${agent.name}`
  const programs = [agent.command?.[0], agent.resume_command?.[0]].flatMap((program) => program ?? [])
  const missing = programs.find((program) => findProgram(program, root, env) === undefined)
  if (missing === undefined) return ok(name, `command: ${programs[0] ?? ''}`)
  const where = missing.includes('/') ? `at ${resolve(root, missing)}` : 'on PATH'
  return problem(
    name,
    `program "${missing}" not found ${where}`,
    `Install it, or correct the command of "${agent.name}" in work/agents.yaml.`,
  )
}

/** The program that a session would run: sessions start in the repository. */
function findProgram(program: string, root: string, env: Record<string, string>): string | undefined {
  if (program.includes('/')) return [resolve(root, program)].find(isProgram)
  const folders = (env['PATH'] ?? '').split(delimiter).map((folder) => resolve(root, folder))
  return folders.map((folder) => join(folder, program)).find(isProgram)
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
        `Add it to work/agents.yaml, or: work assign --stream ${stream.id} --thread ${ids[0]} --agent <name>`,
      )
    })
}
