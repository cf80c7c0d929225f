import { agentsCommands } from './agents.ts'
import { approveCommands } from './approve.ts'
import { beginCommands } from './begin.ts'
import { changeCommands } from './change.ts'
import type { Entries } from './entry.ts'
import { lookCommands } from './look.ts'
import { planCommands } from './plan.ts'
import { recoverCommands } from './recover.ts'
import { runCommands } from './run.ts'
import { sessionsCommands } from './sessions.ts'
import { streamsCommands } from './streams.ts'
import { toolsCommands } from './tools.ts'

/** Every command below the heading it has in the help, in the order of the help. */
export const groups: Record<string, Entries> = {
  'Getting started': beginCommands,
  Workstreams: streamsCommands,
  Plan: { ...planCommands, ...changeCommands },
  Approve: approveCommands,
  Assign: agentsCommands,
  Run: runCommands,
  Recover: recoverCommands,
  Inspect: lookCommands,
  Sessions: sessionsCommands,
  Tools: toolsCommands,
}

/** The first word of commands that can be written in two: `work add stage`. */
export const familyName = 'add'

/** What can follow that word. */
export function familyParts(): string[] {
  const names = Object.keys(changeCommands).filter((name) => name.startsWith(`${familyName}-`))
  return names.map((name) => name.slice(familyName.length + 1))
}

/** `work add stage …` is `work add-stage …`. */
export function joinWords(args: readonly string[]): string[] {
  const [first, second = '', ...rest] = args
  const joined = `${familyName}-${second}`
  return first === familyName && Object.hasOwn(changeCommands, joined) ? [joined, ...rest] : [...args]
}
