import type { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { asksForJson, asksForVersion, orderWords } from '../../src/cli/command-line.ts'
import { groups } from '../../src/cli/commands/index.ts'
import { defineProgram } from '../../src/cli/program.ts'
import { makeWorkspace } from '../helpers/cli.ts'
import { task } from '../builders/records.ts'

const names = Object.values(groups).flatMap((entries) => Object.keys(entries))

/** Texts that look like options. */
const texts = [
  '-v flag works',
  '-v',
  '--version',
  '-h',
  '--help',
  '--json',
  '-j',
  '--',
  '-',
  '--stream=x',
  '-1',
]

/** What commander makes of a command line: the program reads it first, and the command then reads the rest. */
function parse(typed: string[]): { opts: Record<string, unknown>; operands: string[]; command: Command } {
  const words = orderWords(typed)
  const program = defineProgram(words[0])
  const { operands, unknown } = program.parseOptions(words)
  const command = program.commands.find((one) => one.name() === operands[0])
  if (command === undefined) throw new Error(`There is no command ${operands[0]}.`)
  const rest = command.parseOptions([...operands.slice(1), ...unknown])
  return { opts: command.opts(), operands: [...rest.operands, ...rest.unknown], command }
}

/** Every option that takes a text, of every command; not those whose values are checked at once. */
const options = names.flatMap((name) =>
  (defineProgram(name).commands.find((one) => one.name() === name)?.options ?? [])
    .filter(
      ({ required, argChoices, flags }) =>
        required && argChoices === undefined && !/attempt|parallel|restore|stages /.test(flags),
    )
    .flatMap((option) =>
      [option.long, option.short].flatMap((flag) =>
        flag === undefined || flag === null ? [] : [{ name, flag, key: option.attributeName() }],
      ),
    ),
)

describe('a value that looks like an option is a value', () => {
  test.each(options)('work $name $flag', ({ name, flag, key }) => {
    for (const text of texts) {
      const { opts, operands, command } = parse([name, flag, text])
      expect({ value: [opts[key]].flat(), operands }).toEqual({ value: [text], operands: [] })
      expect(asksForJson([flag, text], command)).toBe(false)
      expect(asksForVersion([name, flag, text])).toBe(false)
    }
  })

  test('in the report of work update, which is recorded', async () => {
    const { work, readTasks } = makeWorkspace([task({ id: '01.01.01.01' })])
    for (const report of ['-v flag works', '--help', '']) {
      const { code, stdout } = await work('update', '--task', '01.01.01.01', '--report', report)
      expect({ code, stdout }).toEqual({ code: 0, stdout: 'Updated task 01.01.01.01\n' })
      expect(readTasks()).toMatchObject({ tasks: [{ report }] })
    }
  })
})

describe('the version', () => {
  test.each([[['-v']], [['--version']], [['--version', 'status']]])('is asked for by %j', (words) => {
    expect(asksForVersion(words)).toBe(true)
  })

  test.each([[[]], [['status', '--version']], [['--json', '-v']], [['-v flag works']]])(
    'is not asked for by %j',
    (words) => {
      expect(asksForVersion(words)).toBe(false)
    },
  )

  test('is an unknown option of a command', async () => {
    const { work } = makeWorkspace()
    expect(await work('status', '-v')).toMatchObject({ code: 2, stdout: '' })
    expect(await work('-v')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
  })
})

test.each([
  [
    ['--json', 'status'],
    ['status', '--json'],
  ],
  [
    ['-j', '-s', '1', 'status', '--failed'],
    ['status', '--json', '--stream', '1', '--failed'],
  ],
  [
    ['-r', '..', 'add', 'stage', '--name', 'x'],
    ['add-stage', '--repo-root', '..', '--name', 'x'],
  ],
  [
    ['--repo-root=a=b', 'help', 'status'],
    ['status', '--repo-root', 'a=b', '--help'],
  ],
  [
    ['--stream', '--help', 'status'],
    ['status', '--stream', '--help'],
  ],
  [
    ['status', '--stream', '1'],
    ['status', '--stream', '1'],
  ],
  [['--verbose'], []],
  [
    ['--version', 'status'],
    ['--version', 'status'],
  ],
])('options of all commands come before the command, too: %j', (typed, ordered) => {
  expect(orderWords(typed)).toEqual(ordered)
})

test.each([[['--stream']], [['-r']], [['--json', '--repo-root']]])(
  '%j lacks the value of its option',
  (typed) => {
    expect(() => orderWords(typed)).toThrow(/^Option '-\w, --[\w-]+ <\w+>' argument missing\.$/)
  },
)

test.each([
  [['--json'], true],
  [['-fj'], true],
  [['--stream', 'x', '--json'], true],
  [['--reason', '--json'], false],
  [['--reason=--json'], false],
  [['-sj'], false],
  [['-fs', '--json'], false],
  [['--', '--json'], false],
])('errors of work approve %j are JSON, too: %s', (words, isJson) => {
  const command = defineProgram('approve').commands[0]
  expect(asksForJson(words, command)).toBe(isJson)
})

test.each([
  [['status', '--repo-root', ''], '--repo-root <dir>'],
  [['--repo-root', '', 'status'], '--repo-root <dir>'],
  [['update', '--task', '01.01.01.01', '--agent', ' '], '--agent <name>'],
])('work %j names the option whose value is empty', async (words, option) => {
  const { code, stderr } = await makeWorkspace([task({ id: '01.01.01.01' })]).work(...words)
  expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(option) })
})

test.each([['--revoke'], ['--force'], ['--reason', 'late']])(
  'work approve %s without a target does nothing, and says so',
  async (...flags) => {
    const { code, stderr } = await makeWorkspace().work('approve', ...flags)
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`${flags[0]} without a target`),
    })
  },
)
