import * as z from 'zod/mini'
import type { RunnerAgent } from '../agent.ts'
import { namedModelsField, variedModelsField } from '../fields.ts'
import { permissionWords, type Permissions } from '../permissions.ts'
import type { RunnerFields } from '../runner.ts'

const permissions = z.optional(z.enum(permissionWords))
const args = z.optional(z.array(z.string(), 'a list of arguments'))

/** The fields of an agent on an agent CLI, whose models may have variants. */
export function cliFields(hasVariants: boolean): RunnerFields {
  const models = hasVariants
    ? {
        schema: z.optional(variedModelsField()),
        about:
          'Its models, as the program names them, or `{ model, variant }`, where the variant is the effort to reason. If a provider fails, the next one is tried. Default: its own.',
      }
    : {
        schema: z.optional(namedModelsField()),
        about:
          'Its models, as the program names them. If a provider fails, the next one is tried. Default: its own.',
      }
  return { models, ...others }
}

const others: RunnerFields = {
  permissions: {
    schema: permissions,
    about:
      '`read`: look only. `edit`: change files and run commands. `full`: everything, without a sandbox. Default: `edit`.',
  },
  args: { schema: args, about: 'Further arguments for the program, as a list.' },
}

const Options = z.object({ permissions, args })

export interface CliOptions {
  permissions: Permissions
  args: readonly string[]
}

/** The options of an agent, with their defaults. */
export function readOptions(agent: RunnerAgent | undefined): CliOptions {
  const read = Options.parse(agent?.options ?? {})
  return { permissions: read.permissions ?? 'edit', args: read.args ?? [] }
}
