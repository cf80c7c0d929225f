import * as z from 'zod/mini'
import type { Issue } from '../json/issues.ts'
import { keeping } from '../tasks/schema.ts'

/** The programs that an agent can run on. */
export const runners = ['opencode', 'command'] as const

/** When a session has completed its thread: when its tasks are closed, or when it exits with code 0. */
export const doneWhen = ['tasks', 'exit'] as const

const modelForm = '"provider/model" or { model: provider/model, variant: … }'
const argvForm = 'a list of a program and its arguments, e.g. [my-agent, --fast]'

const durationForm = 'a number of seconds, or a text like 90s, 20m, 2h'
const isModelName = z.regex(/^[^/\s]+\/\S+$/, modelForm)

/** A model, optionally with a variant. */
export const ModelVariant = keeping({
  model: z.string().check(isModelName),
  variant: z.optional(z.string()),
})

/** `provider/model`, or a model with a variant. */
const ModelEntry = z.union([z.string().check(isModelName), ModelVariant], modelForm)

const Argv = z.array(z.string(), argvForm).check(z.minLength(1, argvForm))

const Duration = z.union(
  [
    z.number().check(z.positive(durationForm)),
    z.string().check(z.regex(/^\d+(\.\d+)?\s*[smh]$/, durationForm)),
  ],
  durationForm,
)

/** One agent as written in the file. */
export const AgentEntry = keeping({
  name: z.string().check(z.minLength(1, 'a name')),
  description: z.optional(z.string()),
  best_for: z.optional(z.string()),
  models: z.optional(z.array(ModelEntry, `a list of ${modelForm}`)),
  runner: z.optional(z.enum(runners)),
  command: z.optional(Argv),
  resume_command: z.optional(Argv),
  done_when: z.optional(z.enum(doneWhen)),
  timeout: z.optional(Duration),
  opencode_agent: z.optional(z.string().check(z.minLength(1, 'the name of an opencode agent'))),
  permissions: z.optional(z.enum(['reject', 'once'])),
})
export type AgentEntry = z.infer<typeof AgentEntry>

/** The content of agents.yaml. */
export const AgentsYaml = keeping({
  agents: z.array(AgentEntry, 'a list of agents').check(z.minLength(1, 'at least one agent')),
  parallel: z.optional(z.int('a whole number').check(z.minimum(1, 'a number of at least 1'))),
})
export type AgentsYaml = z.infer<typeof AgentsYaml>

/** The first problem of an agent whose fields are valid on their own. */
export function findMisfit(agents: AgentEntry[]): Issue | undefined {
  for (const [index, agent] of agents.entries()) {
    const words = `agents[${index}] (${agent.name})`
    const runner = agent.runner ?? 'opencode'
    if (agents.findIndex(({ name }) => name === agent.name) < index) {
      return {
        path: ['agents', index, 'name'],
        text: `${words}.name: another agent above has this name, expected unique names`,
      }
    }
    if (runner === 'command' && agent.command === undefined) {
      return {
        path: ['agents', index],
        text: `${words}.command: found nothing, expected ${argvForm}, because it runs on command`,
      }
    }
    if (runner === 'opencode' && (agent.models ?? []).length === 0) {
      return {
        path: ['agents', index, 'models'],
        text: `${words}.models: found none, expected a list of ${modelForm}`,
      }
    }
    if (runner === 'opencode' && agent.command !== undefined) {
      return {
        path: ['agents', index, 'command'],
        text: `${words}.command: is for "runner: command", found runner opencode`,
      }
    }
  }
  return undefined
}
