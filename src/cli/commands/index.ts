import { agentsCommands } from './agents/commands.ts'
import { approveCommands } from './approve/commands.ts'
import { beginCommands } from './setup/commands.ts'
import { changeCommands } from './plan/add-commands.ts'
import type { Entries, Entry } from './command.ts'
import { deliverCommands } from './deliver/commands.ts'
import { lookCommands } from './inspect/commands.ts'
import { planningCommands } from './planning/commands.ts'
import { planCommands } from './plan/commands.ts'
import { recoverCommands } from './recover/commands.ts'
import { runCommands } from './run/commands.ts'
import { sessionsCommands } from './session/commands.ts'
import { streamsCommands } from './streams/commands.ts'
import { toolsCommands } from './tools/commands.ts'

/** Every command below the heading it has in the help, in the order of the help. */
export const groups: Record<string, Entries> = {
  'Getting started': beginCommands,
  Workstreams: streamsCommands,
  Plan: { ...planningCommands, ...planCommands, ...changeCommands },
  Approve: approveCommands,
  Assign: agentsCommands,
  Run: runCommands,
  'Merge and land': deliverCommands,
  Recover: recoverCommands,
  Inspect: lookCommands,
  Sessions: sessionsCommands,
  Tools: toolsCommands,
}

/** The command of that name, as the table of commands has it. */
export function entryOf(name: string): Entry | undefined {
  return Object.values(groups).find((entries) => Object.hasOwn(entries, name))?.[name]
}

/** Whether a command takes `--stream`; undefined when there is no command of that name. */
export function takesStream(name: string): boolean | undefined {
  const entry = entryOf(name)
  return entry === undefined ? undefined : entry.withoutStream !== true
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
