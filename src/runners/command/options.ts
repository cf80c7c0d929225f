import * as z from 'zod/mini'
import { modelsField } from '../fields.ts'
import type { RunnerFields } from '../runner.ts'
import type { RunnerAgent } from '../agent.ts'
import { eventFormats } from './events.ts'

const argvForm = 'a list of a program and its arguments, e.g. [my-agent, --fast]'
const Argv = z.array(z.string(), argvForm).check(z.minLength(1, argvForm))

const events = z.optional(z.enum(eventFormats))

/** The fields of an agent that is any executable. */
export const commandFields: RunnerFields = {
  models: {
    schema: z.optional(modelsField()),
    about: 'Its models; the first one is in its variable `WORK_MODEL`. Not needed.',
  },
  command: {
    schema: Argv,
    about: 'The executable and its arguments. There is no shell: nothing is split, expanded or quoted.',
  },
  resume_command: {
    schema: z.optional(Argv),
    about:
      'The same as `command`, to resume an interrupted session. Without it a session can only be retried.',
  },
  events: {
    schema: events,
    about:
      'The program whose events it writes to its output: what it says, does and uses, and how it ends, is read from them. Default: its output is text.',
  },
}

const Options = z.object({
  events,
  command: z.optional(z.array(z.string())),
  resume_command: z.optional(z.array(z.string())),
})

/** The command lines of an agent. */
export function readOptions({ options }: RunnerAgent): z.infer<typeof Options> {
  return Options.parse(options)
}
