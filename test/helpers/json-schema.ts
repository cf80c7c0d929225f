import { Ajv } from 'ajv'
import { readFileSync } from 'node:fs'
import type { SchemaName } from '../../src/paths.ts'

/** The text of a schema as the docs have it. */
export function schemaInDocs(name: SchemaName): string {
  return readFileSync(new URL(`../../docs/schema/${name}.schema.json`, import.meta.url), 'utf8')
}

/** What a schema's text has against a value, as an editor that knows JSON Schema finds it; empty for nothing. */
export function faultsBy(schemaText: string, value: unknown): string[] {
  const schema: object = JSON.parse(schemaText)
  const validate = new Ajv({ strict: false, allErrors: true }).compile(schema)
  validate(value)
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}
