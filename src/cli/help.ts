import type { Entry } from './commands/entry.ts'
import { changeCommands } from './commands/change.ts'
import { familyName, familyParts, groups } from './commands/groups.ts'

/** Commands begin here, after the heading, and what they do here. */
const [nameColumn, aboutColumn] = [10, 22]

/** `work --help`: every command beside what a person wants to do, on one screen of 80 columns. */
export function helpText(): string {
  return `Runs a written plan with coding agents in parallel; loses nothing when one dies.

Usage: work <command> [options]

${Object.entries(groups).flatMap(groupLines).join('\n')}

Examples:
  work create session-tracking         make a workstream, with a plan to fill in
  work run                             run what is next, batch after batch
  work fix                             resume, retry or replan what failed

work <command> --help tells its options, with an example.
work --version tells which work this is.
`
}

/** `work add --help`: what can be added. */
export function familyHelp(): string {
  const lines = familyParts().map((part) => {
    const about = changeCommands[`${familyName}-${part}`]?.about ?? ''
    return `  work ${familyName} ${part.padEnd(aboutColumn - nameColumn - 2)}${about}`
  })
  return `Usage: work ${familyName} <part> [options]

${lines.join('\n')}

work ${familyName} <part> --help tells its options, with an example.
`
}

function groupLines([heading, entries]: [string, Record<string, Entry>]): string[] {
  const rows = new Map(
    Object.entries(entries).map(([name, { about, family }]) => [
      family?.name ?? name,
      family?.about ?? about,
    ]),
  )
  const lines = [...rows].flatMap(([name, about]) =>
    wrap(about).map((text, index) => (index === 0 ? name : '').padEnd(aboutColumn - nameColumn) + text),
  )
  return lines.map((line, index) => (index === 0 ? heading : '').padEnd(nameColumn) + line)
}

/** In lines of at most 58 letters. */
function wrap(text: string): string[] {
  return (text.match(/.{1,58}(?:\s|$)/g) ?? [text]).map((line) => line.trimEnd())
}
