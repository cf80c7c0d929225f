import * as z from 'zod/mini'
import { modelForm, modelsField } from '../fields.ts'
import { permissionWords, type Permissions } from '../permissions.ts'
import type { RunnerFields } from '../runner.ts'
import type { RunnerAgent } from '../agent.ts'

const opencodeAgent = z.optional(z.string().check(z.minLength(1, 'the name of an opencode agent')))
/** The words of earlier versions and what they mean. */
const earlier = { reject: 'edit', once: 'full' } as const
const permissions = z.optional(z.enum([...permissionWords, 'reject', 'once']))

/** The fields of an agent that runs on opencode. */
export const opencodeFields: RunnerFields = {
  models: {
    schema: modelsField().check(z.minLength(1, `a list of ${modelForm}`)),
    about: '`provider/model`, or `{ model, variant }`. If a provider fails, the next model is tried.',
  },
  opencode_agent: { schema: opencodeAgent, about: 'Which opencode agent to use. Default: `build`.' },
  permissions: {
    schema: permissions,
    about:
      "`read`: no changes of files, and no commands but `work`. `edit`: what opencode's own settings allow; requests for more are denied. `full`: such requests are allowed too. Default: `edit`. (Earlier words: `reject` for `edit`, `once` for `full`.)",
  },
}

const Options = z.object({ opencode_agent: opencodeAgent, permissions })

/** Which opencode agent an agent uses, and what it may do. */
export interface OpencodeOptions {
  opencode_agent: string
  permissions: Permissions
}

/** The options of an agent, with their defaults. */
export function readOptions(agent: RunnerAgent | undefined): OpencodeOptions {
  const { opencode_agent: name = 'build', permissions: word = 'edit' } = Options.parse(agent?.options ?? {})
  return { opencode_agent: name, permissions: word === 'reject' || word === 'once' ? earlier[word] : word }
}
