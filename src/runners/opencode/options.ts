import * as z from 'zod/mini'
import { modelForm, modelsField } from '../fields.ts'
import type { RunnerFields } from '../runner.ts'
import type { RunnerAgent } from '../agent.ts'

const opencodeAgent = z.optional(z.string().check(z.minLength(1, 'the name of an opencode agent')))
const permissions = z.optional(z.enum(['reject', 'once']))

/** The fields of an agent that runs on opencode. */
export const opencodeFields: RunnerFields = {
  models: {
    schema: modelsField().check(z.minLength(1, `a list of ${modelForm}`)),
    about: '`provider/model`, or `{ model, variant }`. If a provider fails, the next model is tried.',
  },
  opencode_agent: { schema: opencodeAgent, about: 'Which opencode agent to use. Default: `build`.' },
  permissions: {
    schema: permissions,
    about: 'The answer when a session asks for a permission. Default: `reject`.',
  },
}

const Options = z.object({ opencode_agent: opencodeAgent, permissions })

/**
 * Which opencode agent an agent uses (default: `build`), and its answer when a session asks for a permission (default:
 * `reject`).
 */
export function readOptions({ options }: RunnerAgent): z.infer<typeof Options> {
  return Options.parse(options)
}
