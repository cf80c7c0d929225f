import { expect, it } from 'vitest'
import { entryOf } from '../../src/cli/commands/index.ts'
import { valueKindOf } from '../../src/cli/completion/value-kinds.ts'
import { defineProgram } from '../../src/cli/program.ts'

it.each(defineProgram().commands.map((command) => [command.name(), command] as const))(
  'work %s says of each value what completes it',
  (name, command) => {
    const entry = entryOf(name)
    if (entry === undefined) throw new Error(`${name} is not in the table of commands.`)
    const flags = command.options
      .filter(({ required, optional, argChoices }) => (required || optional) && argChoices === undefined)
      .map((option) => option.attributeName())
    const words = command.registeredArguments.map((argument) => argument.name())
    const values = [...flags, ...words.filter((word) => entry.words?.[word] === undefined)]
    expect(values.filter((value) => valueKindOf(entry, value) === undefined)).toEqual([])
  },
)

it('commands that run agents or change the plan are logged, and reports of agents are not', () => {
  const logged = defineProgram()
    .commands.map((command) => command.name())
    .filter((name) => entryOf(name)?.isLogged)
  expect(logged).toEqual(expect.arrayContaining(['run', 'fix', 'continue', 'approve', 'add-stage']))
  expect(logged).not.toContain('update')
})
