import * as z from 'zod/mini'
import { isRecord } from '../store/json/guard.ts'
import type { Issue } from '../store/json/issues.ts'
import { cloneFields } from './clone-settings.ts'
import { Duration } from './duration.ts'
import { keeping } from '../store/tasks/schema.ts'
import { defaultRunner, type Runners } from '../runners/registry.ts'

/** When a session has completed its thread: when its tasks are closed, or when it exits with code 0. */
export const doneWhen = ['tasks', 'exit'] as const

/** The fields that every agent has, apart from `runner`. */
const common = {
  name: z.string().check(z.minLength(1, 'a name')),
  description: z.optional(z.string()),
  best_for: z.optional(z.string()),
  done_when: z.optional(z.enum(doneWhen)),
  timeout: z.optional(Duration),
}

/** What each common field means, for editors and docs. */
const aboutCommon: Record<keyof typeof common, string> = {
  name: "The agent's name in commands and records.",
  description: 'A description for anyone who assigns threads.',
  best_for: 'The kind of work it is best for, for anyone who assigns threads.',
  done_when:
    '`tasks`: only what the agent reports counts. `exit`: a successful end completes the open tasks.',
  timeout:
    '`90s`, `20m`, `2h`, or a number of seconds, after which a session is stopped and has failed. Default: no limit.',
}

/** An agent of any runner, as written in the file. */
const AnyEntry = keeping({ ...common, runner: z.optional(z.string()) })
export type AgentEntry = z.infer<typeof AnyEntry> & Record<string, unknown>

/** The agent of one runner. */
function entryOf(name: string, fields: Record<string, z.ZodMiniType>) {
  const literal = z.literal(name)
  return keeping({ ...common, ...fields, runner: name === defaultRunner ? z.optional(literal) : literal })
}

/** The schema of agents.yaml: an agent is one of those that the runners describe. */
export function agentsSchema(runners: Runners) {
  const entries = [...runners.values()].map(({ name, fields }) => {
    const schemas = Object.entries(fields).map(([field, { schema }]): [string, z.ZodMiniType] => [
      field,
      schema,
    ])
    return entryOf(name, Object.fromEntries(schemas))
  })
  const [first, ...others] = entries
  if (first === undefined) throw new Error('There is no runner.')
  const names = [...runners.keys()].join(', ')
  const Entry = z.discriminatedUnion('runner', [first, ...others], {
    error: (issue) =>
      typeof issue.input === 'object' && issue.input !== null ? `one of ${names}` : 'an object',
  })
  return keeping({
    agents: z.array(Entry, 'a list of agents').check(z.minLength(1, 'at least one agent')),
    parallel: z.optional(z.int('a whole number').check(z.minimum(1, 'a number of at least 1'))),
    planner: z.optional(z.string()),
    ...cloneFields,
  })
}

/** The names of all fields of an agent, whatever its runner. */
export function agentFields(runners: Runners): string[] {
  const own = [...runners.values()].flatMap(({ fields }) => Object.keys(fields))
  return [...new Set([...Object.keys(common), 'runner', ...own])]
}

/** What a field of an agent on this runner means. */
export function aboutField(runners: Runners, runner: string, field: string): string {
  if (field === 'runner')
    return `What it runs on: ${[...runners.keys()].map((name) => `\`${name}\``).join(', ')}. Default: \`${defaultRunner}\`.`
  const definition = runners.get(runner)
  const own = definition?.fields[field]?.about
  if (own !== undefined) return own
  const shared = Object.entries(aboutCommon).find(([name]) => name === field)?.[1] ?? ''
  return field === 'done_when' && definition !== undefined
    ? `${shared} Default: \`${definition.doneWhen}\`.`
    : shared
}

/**
 * The runner that a field certainly belongs to: it requires the field, and the agent's own runner does not know it.
 * Undefined if there is none.
 */
export function otherOwner(runners: Runners, runner: string, field: string): string | undefined {
  if (runners.get(runner)?.fields[field] !== undefined) return undefined
  const owner = [...runners.values()].find(({ fields }) => {
    const schema = fields[field]?.schema
    return schema !== undefined && !schema.safeParse(undefined).success
  })
  return owner?.name
}

/** The first problem of a file whose fields are valid on their own. */
export function findMisfit(
  runners: Runners,
  { agents, planner }: { agents: AgentEntry[]; planner?: string | undefined },
): Issue | undefined {
  if (planner !== undefined && !agents.some(({ name }) => name === planner)) {
    return {
      path: ['planner'],
      text: `planner: found "${planner}", expected the name of an agent: ${agents.map(({ name }) => name).join(', ')}`,
    }
  }
  for (const [index, agent] of agents.entries()) {
    const words = `agents[${index}] (${agent.name})`
    if (agents.findIndex(({ name }) => name === agent.name) < index) {
      return {
        path: ['agents', index, 'name'],
        text: `${words}.name: another agent above has this name, expected unique names`,
      }
    }
    const runner = agent.runner ?? defaultRunner
    for (const field of Object.keys(agent)) {
      const owner = otherOwner(runners, runner, field)
      if (owner === undefined) continue
      return {
        path: ['agents', index, field],
        text: `${words}.${field}: is for "runner: ${owner}", found runner ${runner}`,
      }
    }
  }
  return undefined
}

/** Why a field is required that an agent lacks: `because it runs on command`; empty for any other problem. */
export function whyRequired(runners: Runners, value: unknown, { path }: Pick<Issue, 'path'>): string {
  const [list, index, field, ...rest] = path
  if (list !== 'agents' || typeof index !== 'number' || typeof field !== 'string' || rest.length > 0)
    return ''
  const agents = isRecord(value) && Array.isArray(value['agents']) ? value['agents'] : []
  const agent: unknown = agents[index]
  if (!isRecord(agent) || agent[field] !== undefined) return ''
  const runner = typeof agent['runner'] === 'string' ? agent['runner'] : defaultRunner
  return runners.get(runner)?.fields[field] === undefined ? '' : `, because it runs on ${runner}`
}
