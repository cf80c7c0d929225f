import * as z from 'zod/mini'
import type { SchemaName } from '../workspace.ts'
import { AgentEntry, AgentsYaml } from './agents-schema.ts'
import { WorkIndex } from './index-schema.ts'
import { words } from './json-schema-words.ts'
import { TasksFile } from './tasks-schema.ts'

const schemas: Record<SchemaName, { title: string; schema: z.core.$ZodType }> = {
  tasks: { title: 'tasks.json', schema: TasksFile },
  index: { title: 'index.json', schema: WorkIndex },
  agents: { title: 'agents.yaml', schema: AgentsYaml },
}

/** What `findMisfit` asks of an agent beyond its fields: what it runs on has to be told. */
const byRunner = {
  anyOf: [
    { properties: { runner: { const: 'command' } }, required: ['runner', 'command'] },
    {
      properties: { runner: { const: 'opencode' }, models: { minItems: 1 }, command: false },
      required: ['models'],
    },
  ],
}

/** The JSON Schema of a file, in the draft that most editors know (7). What it refuses, `work` refuses too. */
export function jsonSchema(name: SchemaName): Record<string, unknown> {
  const { title, schema } = schemas[name]
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    target: 'draft-7',
    metadata: words,
    override: ({ zodSchema, jsonSchema: made }) => {
      if (zodSchema === AgentEntry) Object.assign(made, byRunner)
    },
  })
  return { $schema, title, ...rest }
}

/** Its text, as it stands in `work/.schema` and in the docs. */
export function schemaText(name: SchemaName): string {
  return `${JSON.stringify(jsonSchema(name), null, 2)}\n`
}
