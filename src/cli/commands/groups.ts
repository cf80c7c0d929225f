import { agentsCommands } from './agents.ts'
import { beginCommands } from './begin.ts'
import { changeCommands } from './change.ts'
import type { Entries } from './entry.ts'
import { lookCommands } from './look.ts'
import { planCommands } from './plan.ts'
import { recoverCommands } from './recover.ts'
import { runCommands } from './run.ts'
import { sessionsCommands } from './sessions.ts'
import { toolsCommands } from './tools.ts'

/** Every command below the heading it has in the help, in the order of the help. */
export const groups: Record<string, Entries> = {
  'Begin:': beginCommands,
  'Plan:': planCommands,
  'Change a plan:': changeCommands,
  'Agents:': agentsCommands,
  'Run:': runCommands,
  'Recover:': recoverCommands,
  'Look:': lookCommands,
  'Sessions:': sessionsCommands,
  'The tool:': toolsCommands,
}
