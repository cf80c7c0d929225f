import { changeCommands } from './commands/plan/add-commands.ts'
import type { Entry } from './commands/command.ts'
import { familyName, familyParts, groups } from './commands/index.ts'

/** Letters that the name of a command gets in a list. */
const nameWidth = 12
/** Letters of a line of 80 columns that are left for what a command does. */
const aboutWidth = 80 - 2 - nameWidth

/** The commands of every day, by purpose. */
const daily: Record<string, readonly string[]> = {
  'Getting started': ['init', 'plan', 'create', 'edit'],
  Run: ['run', 'stop', 'fix', 'continue'],
  Inspect: ['status', 'review', 'logs', 'doctor'],
}

/** `work --help`: the daily commands, on a screen of 80 columns and 24 lines. */
export function helpText(): string {
  const entries: Record<string, Entry> = Object.assign({}, ...Object.values(groups))
  const sections = Object.entries(daily).map(([heading, names]) =>
    [heading, ...names.flatMap((name) => commandLines(name, entries[name]?.about ?? ''))].join('\n'),
  )
  return `Run a written plan with coding agents in parallel, and survive crashes.

Usage: work <command> [options]

${sections.join('\n\n')}

All commands: work help --all
Options and examples of a command: work <command> --help
`
}

/** `work help --all`: every command. */
export function allHelp(): string {
  const sections = Object.entries(groups).map(([heading, entries]) => {
    const rows = new Map(
      Object.entries(entries).map(([name, { about, family }]) => [
        family?.name ?? name,
        family?.about ?? about,
      ]),
    )
    return [heading, ...[...rows].flatMap(([name, about]) => commandLines(name, about))].join('\n')
  })
  return `Usage: work <command> [options]

${sections.join('\n\n')}

Options and examples of a command: work <command> --help
`
}

/** `work add --help`: what can be added. */
export function familyHelp(): string {
  const lines = familyParts().flatMap((part) => {
    const about = changeCommands[`${familyName}-${part}`]?.about ?? ''
    return commandLines(`work ${familyName} ${part}`, about, 'work add thread'.length + 2)
  })
  return `Usage: work ${familyName} <part> [options]

${lines.join('\n')}

Options and an example: work ${familyName} <part> --help
`
}

function commandLines(name: string, about: string, width = nameWidth): string[] {
  const lines = (about.match(new RegExp(`.{1,${aboutWidth}}(?:\\s|$)`, 'g')) ?? [about]).map((line) =>
    line.trimEnd(),
  )
  return lines.map((text, index) => `  ${(index === 0 ? name : '').padEnd(width)}${text}`)
}
