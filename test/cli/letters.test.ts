import { expect, it } from 'vitest'
import { groups } from '../../src/cli/commands/index.ts'
import { defineProgram } from '../../src/cli/program.ts'

const commands = defineProgram().commands

it('each letter means the same option in all commands', () => {
  const meanings = new Map<string, Set<string>>()
  for (const { options } of commands) {
    for (const { short, long } of options) {
      if (short === undefined || short === null) continue
      meanings.set(short, (meanings.get(short) ?? new Set()).add(long ?? ''))
    }
  }
  expect(meanings.size).toBeGreaterThan(8)
  expect([...meanings].filter(([, options]) => options.size > 1)).toEqual([])
})

it('each command that takes --thread takes it as an argument, too, or has another one', () => {
  const without = commands
    .filter(({ options }) => options.some(({ long }) => long === '--thread'))
    .filter(({ registeredArguments }) => registeredArguments.length === 0)
    .map((command) => command.name())
  // These add to the plan: their --thread is where to, and part of the seed's command lines.
  expect(without).toEqual(['add-batch', 'add-task'])
})

it('each command has the options of all commands', () => {
  expect(commands.length).toBe(Object.values(groups).flatMap((entries) => Object.keys(entries)).length)
  for (const { options } of commands) {
    const names = options.map(({ long }) => long)
    expect(names).toEqual(
      expect.arrayContaining(['--json', '--quiet', '--color', '--no-color', '--no-pager']),
    )
  }
})
