import { ModelVariant } from '../runners/fields.ts'
import type { Runners } from '../runners/registry.ts'
import { agentFields, agentsSchema } from './schema.ts'
import { isRecord } from '../store/json/guard.ts'
import { describePath } from '../store/json/issues.ts'
import type { PathStep } from '../store/json/position.ts'
import { nearest } from '../text/nearest.ts'

/** A field of agents.yaml that `work` does not know. It is kept: it may belong to another tool, or be misspelled. */
export interface UnknownField {
  path: PathStep[]
  /** `agents[0] (default).timout` */
  name: string
  /** The field that was probably meant; undefined if none is similar. */
  meant: string | undefined
}

/** Every unknown field in an agents.yaml, even an invalid one. */
export function listUnknownFields(runners: Runners, value: unknown): UnknownField[] {
  const found: UnknownField[] = []
  const visit = (object: unknown, path: PathStep[], known: readonly string[]) => {
    if (!isRecord(object)) return
    for (const field of Object.keys(object)) {
      if (known.includes(field)) continue
      const missing = known.filter((name) => !Object.hasOwn(object, name))
      const here = [...path, field]
      found.push({ path: here, name: describePath(value, here), meant: nearest(field, missing)[0] })
    }
  }
  visit(value, [], Object.keys(agentsSchema(runners).shape))
  for (const [at, agent] of listIn(value, 'agents').entries()) {
    visit(agent, ['agents', at], agentFields(runners))
    for (const [index, model] of listIn(agent, 'models').entries()) {
      visit(model, ['agents', at, 'models', index], Object.keys(ModelVariant.shape))
    }
  }
  return found
}

/** The list in a field of an object; empty if there is none. */
export function listIn(value: unknown, field: string): unknown[] {
  const list = isRecord(value) ? value[field] : undefined
  return Array.isArray(list) ? list : []
}
