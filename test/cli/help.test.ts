import { describe, expect, test } from 'vitest'
import { groups } from '../../src/cli/commands/groups.ts'
import { makeRepository } from '../helpers/cli.ts'

const entries = Object.values(groups).flatMap((group) => Object.entries(group))

describe('work --help', () => {
  test('fits a screen of 80 columns and 40 lines, and ends in a line', async () => {
    const { stdout } = await makeRepository().work('--help')
    const lines = stdout.split('\n')
    expect(lines.pop()).toBe('')
    expect(lines.filter((line) => line.length > 80)).toEqual([])
    expect(lines.length).toBeLessThanOrEqual(40)
  })

  test('tells every command beside what one wants to do', async () => {
    const { stdout } = await makeRepository().work('--help')
    expect(entries.length).toBeGreaterThan(20)
    const missing = entries.filter(([name, { family }]) => !stdout.includes(`  ${family?.name ?? name}  `))
    expect(missing.map(([name]) => name)).toEqual([])
    expect(stdout).toMatch(/^Begin {5}init {8}\S/m)
    expect(stdout).toMatch(/^Run {7}run {9}Run what is next/m)
  })

  test('shows three examples, each of which is a command with flags that it has', async () => {
    const { stdout } = await makeRepository().work('--help')
    const examples = /Examples:\n((?: {2}.*\n)+)/.exec(stdout)?.[1]?.trimEnd().split('\n') ?? []
    expect(examples).toHaveLength(3)
    for (const example of examples) await checkExample(example.trim().split(/ {2,}/)[0] ?? '')
  })

  test('is what work alone shows', async () => {
    const repository = makeRepository()
    const [alone, asked] = await Promise.all([repository.work(), repository.work('--help')])
    expect(alone).toMatchObject({ code: 0, stdout: asked.stdout })
  })
})

test.each(entries.map(([name, { example }]) => ({ name, example })))(
  'work $name --help has an example that the command takes',
  async ({ name, example }) => {
    const { code, stdout } = await makeRepository().work(name, '--help')
    expect(code).toBe(0)
    const shown = stdout.split('Example:\n')[1] ?? ''
    expect(shown.trimEnd().split('\n')).toEqual(example.split('\n').map((line) => `  ${line.trim()}`))
    for (const line of example.split('\n')) await checkExample(line.trim())
  },
)

/** The command is there, and its help names every flag of the example. */
async function checkExample(line: string): Promise<void> {
  const [work, name = '', ...rest] = line.replaceAll(/"[^"]*"/g, 'text').split(' ')
  expect(work).toBe('work')
  expect(entries.map(([known]) => known)).toContain(name)
  const { stdout } = await makeRepository().work(name, '--help')
  for (const flag of rest.filter((word) => word.startsWith('--'))) expect(stdout).toContain(`${flag} `)
}

test('a misspelt command or flag is an error that names what may be meant', async () => {
  const repository = makeRepository()
  const command = await repository.work('stauts')
  expect(command).toMatchObject({ code: 2, stdout: '' })
  expect(command.stderr).toContain('Did you mean status?')
  for (const words of [
    ['help', 'stauts'],
    ['stauts', '--help'],
  ]) {
    expect(await repository.work(...words)).toMatchObject({ code: 2, stdout: '', stderr: command.stderr })
  }
  const flag = await repository.work('status', '--sesions', '--json')
  expect(flag.code).toBe(2)
  expect(flag.json()).toMatchObject({ error: { code: 'usage', hint: 'Did you mean --sessions?' } })
})

test('the help of a command tells what its words can be, then its own options, then those of all commands', async () => {
  const { stdout } = await makeRepository().work('tasks', '--help')
  expect(stdout).toMatch(/^Arguments:\n {2}action +generate, serialize$/m)
  expect(stdout).toMatch(/--force[^]*Options of all commands:[^]*--stream[^]*--json/)
})

test.each(['init', 'create', 'agents', 'doctor', 'schema', 'completion'])(
  'work %s is about no workstream: it neither shows nor takes --stream',
  async (name) => {
    const { work } = makeRepository()
    expect((await work(name, '--help')).stdout).not.toContain('--stream')
    expect(await work(name, '--stream', '001-demo')).toMatchObject({
      code: 2,
      stderr: `Error: Unknown option '--stream'.\n  → work ${name} --help tells more.\n`,
    })
  },
)

describe('work add', () => {
  test('--help tells what can be added', async () => {
    const { code, stdout } = await makeRepository().work('add', '--help')
    expect(code).toBe(0)
    expect(stdout.match(/(?<=^ {2}work add )\w+/gm)).toEqual(['stage', 'batch', 'thread', 'task'])
  })

  test.each([
    [[], 'What is to be added?'],
    [['stge'], '"stge" can\'t be added.'],
  ])('%j is an error that tells it, too', async (words, message) => {
    const { code, stderr } = await makeRepository().work('add', ...words)
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `Error: ${message}\n  → work add stage | batch | thread | task; work add --help tells more.\n`,
    })
  })
})

test.each([
  ['an argument', ['tasks'], "Missing required argument 'action'.", 'work tasks generate; work tasks --help'],
  [
    'a flag',
    ['execute'],
    "Required option '-t, --thread <id>' not specified.",
    'work execute --thread 01.01.02; work execute --help',
  ],
  ['a value', ['status', '--thread'], 'argument missing', 'work status --help'],
  [
    'nothing, but has too much,',
    ['execute', '--thread', '1.1.1', 'x'],
    'Too many arguments',
    'work execute --thread 01.01.02; work execute --help',
  ],
])('a command that lacks %s says how it is meant', async (_, args, message, hint) => {
  const { code, stderr } = await makeRepository().work(...args)
  expect(code).toBe(2)
  expect(stderr).toContain(message)
  expect(stderr).toContain(`\n  → ${hint} tells more.\n`)
})

test('work help is work --help, also of a command', async () => {
  const { work } = makeRepository()
  for (const words of [[], ['status'], ['add'], ['add', 'task']]) {
    const [first, second] = await Promise.all([work('help', ...words), work(...words, '--help')])
    expect(first).toMatchObject({ code: 0, stdout: second.stdout, stderr: '' })
  }
})
