import { aboutClones, aboutSharedPath, SharedPath } from '../agents/clone-settings.ts'
import * as z from 'zod/mini'
import { aboutField, agentsSchema, otherOwner } from '../agents/schema.ts'
import type { SchemaName } from '../paths.ts'
import { ModelVariant, NamedModel } from '../runners/fields.ts'
import { defaultRunner, loadRunners, type Runners } from '../runners/registry.ts'
import { WorkIndex } from '../store/index/schema.ts'
import { TasksFile } from '../store/tasks/schema.ts'
import { isRecord } from '../store/json/guard.ts'
import { words } from './descriptions.ts'

/**
 * The JSON Schema of a file, in the draft that most editors support (7). Whatever it rejects, `work` rejects too.
 * `runners` are those that an agent can name.
 */
export function jsonSchema(name: SchemaName, runners: Runners): Record<string, unknown> {
  switch (name) {
    case 'tasks':
      return convert('tasks.json', TasksFile)
    case 'index':
      return convert('index.json', WorkIndex)
    case 'agents':
      return describeAgents(convert('agents.yaml', agentsSchema(runners)), runners)
  }
}

/** The schema as text, for `work/.schema` and the docs. */
export async function schemaText(name: SchemaName): Promise<string> {
  return `${JSON.stringify(jsonSchema(name, await loadRunners()), null, 2)}\n`
}

function convert(title: string, schema: z.core.$ZodType): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    target: 'draft-7',
    metadata: words,
    override: ({ zodSchema, jsonSchema: made }) => {
      if (zodSchema === ModelVariant || zodSchema === NamedModel)
        describeFields(made, (field) => aboutModel[field] ?? '')
      if (zodSchema === SharedPath)
        describeFields(made, (field) => new Map(Object.entries(aboutSharedPath)).get(field) ?? '')
    },
  })
  return { $schema, title, ...rest }
}

const aboutModel: Record<string, string> = {
  model: 'The name of the model.',
  variant: 'A variant that the provider knows, such as `high`.',
}

const aboutFile: Record<string, string> = {
  agents: 'All agents. The one named `default` works on every thread that has no other agent assigned.',
  parallel: 'How many threads may run at once. Default: 4.',
  planner: 'The name of the agent that drafts plans. Default: the default agent.',
  ...aboutClones,
}

/** Adds what each field means, and which fields belong to another runner. */
function describeAgents(schema: Record<string, unknown>, runners: Runners): Record<string, unknown> {
  describeFields(schema, (field) => aboutFile[field] ?? '')
  for (const entry of entriesIn(schema)) {
    const properties = propertiesOf(entry)
    const runner = runnerIn(properties)
    describeFields(entry, (field) => aboutField(runners, runner, field))
    entry['description'] = `An agent that runs on \`${runner}\`.`
    for (const { fields } of runners.values()) {
      for (const field of Object.keys(fields)) {
        if (otherOwner(runners, runner, field) !== undefined) properties[field] = false
      }
    }
  }
  return { ...schema, description: 'The agents.' }
}

function entriesIn(schema: Record<string, unknown>): Record<string, unknown>[] {
  const { agents } = propertiesOf(schema)
  const items: unknown = isRecord(agents) ? agents['items'] : undefined
  const entries = isRecord(items) ? (items['oneOf'] ?? items['anyOf']) : undefined
  return Array.isArray(entries) ? entries.filter(isRecord) : []
}

function runnerIn({ runner }: Record<string, unknown>): string {
  return isRecord(runner) && typeof runner['const'] === 'string' ? runner['const'] : defaultRunner
}

function propertiesOf(schema: Record<string, unknown>): Record<string, unknown> {
  return isRecord(schema['properties']) ? schema['properties'] : {}
}

function describeFields(schema: object, about: (field: string) => string): void {
  for (const [field, property] of Object.entries(propertiesOf({ ...schema }))) {
    if (isRecord(property)) property['description'] = about(field)
  }
}
