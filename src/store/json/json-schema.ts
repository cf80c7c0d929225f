import * as z from 'zod/mini'
import type { SchemaName } from '../../paths.ts'
import { AgentEntry, AgentsYaml } from '../agents/schema.ts'
import { WorkIndex } from '../index/schema.ts'
import { words } from './descriptions.ts'
import { TasksFile } from '../tasks/schema.ts'

const schemas: Record<SchemaName, { title: string; schema: z.core.$ZodType }> = {
  tasks: { title: 'tasks.json', schema: TasksFile },
  index: { title: 'index.json', schema: WorkIndex },
  agents: { title: 'agents.yaml', schema: AgentsYaml },
}

/** The conditions of `findMisfit` on an agent, which depend on its runner. */
const byRunner = {
  anyOf: [
    { properties: { runner: { const: 'command' } }, required: ['runner', 'command'] },
    {
      properties: { runner: { const: 'opencode' }, models: { minItems: 1 }, command: false },
      required: ['models'],
    },
  ],
}

/** The JSON Schema of a file, in the draft that most editors support (7). Whatever it rejects, `work` rejects too. */
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

/** The schema as text, for `work/.schema` and the docs. */
export function schemaText(name: SchemaName): string {
  return `${JSON.stringify(jsonSchema(name), null, 2)}\n`
}
