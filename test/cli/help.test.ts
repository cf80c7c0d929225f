import { describe, expect, it, test } from 'vitest'
import { runCommandLine, defineProgram } from '../../src/cli/program.ts'
import { groups } from '../../src/cli/commands/index.ts'
import { allHelp, familyHelp, helpText } from '../../src/cli/help.ts'
import { synonyms } from '../../src/cli/unknown-command.ts'
import { makeRepository } from '../helpers/cli.ts'
import { makeApproved, nodeAgent } from '../helpers/scene.ts'
import { capture } from '../helpers/capture.ts'
import { batchOf } from '../builders/plan.ts'

const entries = Object.values(groups).flatMap((group) => Object.entries(group))
const names = entries.map(([name]) => name)

/** Runs `work` with these words in this process, as far as that has nothing to do with a repository. */
function typed(...words: string[]) {
  return capture(() => runCommandLine(words))
}

function helpOf(name: string): string {
  const command = defineProgram(name).commands.find((one) => one.name() === name)
  let text = ''
  command?.configureOutput({ writeOut: (part) => (text += part) }).outputHelp()
  return text
}

describe('work --help', () => {
  it('fits a screen of 80 columns and 24 lines', () => {
    const lines = helpText().trimEnd().split('\n')
    expect(lines.filter((line) => line.length > 80)).toEqual([])
    expect(lines.length).toBeLessThanOrEqual(24)
  })

  it('shows only commands that exist, each with what it does', () => {
    const shown = [...helpText().matchAll(/^ {2}(\w+) {2,}(\S.*)$/gm)]
    expect(shown.length).toBeGreaterThan(8)
    for (const [, name = '', about] of shown) {
      expect(names).toContain(name)
      expect(entries.find(([known]) => known === name)?.[1].about).toBe(about)
    }
  })

  it('is what work alone shows where there is no workstream', async () => {
    const { work } = makeRepository()
    const [alone, asked] = await Promise.all([work(), work('--help')])
    expect(asked).toMatchObject({ code: 0, stdout: helpText(), stderr: '' })
    expect(alone).toMatchObject({ code: 0, stdout: asked.stdout })
  })
})

test('work alone shows where the current workstream is, what is next, and where the help is', async () => {
  const workspace = await makeApproved(batchOf(2), nodeAgent(''))
  const { code, stdout } = await workspace.work()
  expect(code).toBe(0)
  expect(stdout).toMatch(/^001-demo\n.* 0% {2}pending\n\n○ 01 .*\n\nThread 01\.01\.01 is next\.\n/)
  expect(stdout).toContain('  → work run\n')
  expect(stdout).not.toContain('01.01.02')
})

describe('work help --all', () => {
  it('lists every command, on lines of 80 columns', async () => {
    const { code, stdout } = await typed('help', '--all')
    expect({ code, stdout }).toEqual({ code: 0, stdout: allHelp() })
    expect(entries.length).toBeGreaterThan(20)
    const missing = entries.filter(([name, { family }]) => !stdout.includes(`  ${family?.name ?? name}  `))
    expect(missing.map(([name]) => name)).toEqual([])
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
  })

  it('is also work --help --all', async () => {
    expect((await typed('--help', '--all')).stdout).toBe(allHelp())
  })
})

test.each(entries.map(([name, { example }]) => ({ name, example })))(
  'work $name --help has an example that the command takes',
  ({ name, example }) => {
    const shown = helpOf(name).split('Example:\n')[1] ?? ''
    expect(shown.trimEnd().split('\n')).toEqual(example.split('\n').map((line) => `  ${line.trim()}`))
    for (const line of example.split('\n')) checkExample(line.trim())
  },
)

/** The command exists, and its help names every flag of the example. */
function checkExample(line: string): void {
  const [work, name = '', ...rest] = line.replaceAll(/"[^"]*"/g, 'text').split(' ')
  expect(work).toBe('work')
  expect(names).toContain(name)
  for (const flag of rest.filter((word) => word.startsWith('--'))) expect(helpOf(name)).toContain(`${flag} `)
}

test.each([
  ['stauts', 'Did you mean status?'],
  ['contineu', 'Did you mean continue?'],
  ['add-threda', 'Did you mean add-thread?'],
  ['xyz', 'work help --all lists every command.'],
  ['frobnicate', 'work help --all lists every command.'],
  ['toString', 'work help --all lists every command.'],
])('the unknown command %s is an error with the hint: %s', async (name, hint) => {
  for (const words of [[name], ['help', name], [name, '--help']]) {
    expect(await typed(...words)).toEqual({
      code: 2,
      stdout: '',
      stderr: `Error: There is no command "${name}".\n  → ${hint}\n`,
    })
  }
})

test('a misspelt flag is an error that names what may be meant', async () => {
  const { code, stdout } = await typed('status', '--sesions', '--json')
  expect(code).toBe(2)
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'usage', hint: 'Did you mean --sessions?' } })
})

describe('a command of another tool', () => {
  const leading = synonyms().filter(([word]) => word !== 'version')

  it.each(leading)('%s leads to a command that exists: %j', (_, [name = '', ...words]) => {
    expect(names).toContain(name)
    for (const flag of words.filter((word) => word.startsWith('--'))) expect(helpOf(name)).toContain(flag)
  })

  it.each([
    [['start', '--parallel', '2'], 'work run --parallel 2'],
    [['resume'], 'work continue'],
    [['resume', '1.2.3'], 'work fix --thread 1.2.3 --resume'],
    [['retry', '1.2.3'], 'work fix --thread 1.2.3 --retry'],
    [['kill', '1.2.3'], 'work stop 1.2.3'],
    [['new', 'two words'], 'work create "two words"'],
  ])('%j that changes something only names the command: %s', async (words, hint) => {
    expect(await typed(...words)).toEqual({
      code: 2,
      stdout: '',
      stderr: `Error: There is no command "${words[0]}".\n  → ${hint}\n`,
    })
  })

  it('version shows the version, as --version does', async () => {
    expect(await typed('version')).toEqual(await typed('--version'))
  })

  it('ps shows the status, as work status does', async () => {
    const workspace = await makeApproved(batchOf(2), nodeAgent(''))
    const [ps, status] = await Promise.all([workspace.work('ps'), workspace.work('status')])
    expect(ps).toMatchObject({ code: 0, stdout: status.stdout })
  })
})

test('the help of a command lists what its words can be, then its own options, then those of all commands', () => {
  expect(helpOf('tasks')).toMatch(/^Arguments:\n {2}action +generate, serialize$/m)
  expect(helpOf('tasks')).toMatch(/--force[^]*Options of all commands:[^]*--stream[^]*--json/)
})

test.each(['init', 'create', 'agents', 'doctor', 'schema', 'completion'])(
  'work %s is about no workstream: it neither shows nor takes --stream',
  async (name) => {
    expect(helpOf(name)).not.toContain('--stream')
    expect(await typed(name, '--stream', '001-demo')).toMatchObject({
      code: 2,
      stderr: `Error: Unknown option '--stream'.\n  → work ${name} --help shows its options.\n`,
    })
  },
)

describe('work add', () => {
  it('--help lists what can be added', async () => {
    const { code, stdout } = await typed('add', '--help')
    expect({ code, stdout }).toEqual({ code: 0, stdout: familyHelp() })
    expect(stdout.match(/(?<=^ {2}work add )\w+/gm)).toEqual(['stage', 'batch', 'thread', 'task'])
  })

  it.each([
    [[], 'Specify what to add: stage, batch, thread or task.'],
    [['stge'], 'Unknown part "stge".'],
  ])('%j is an error that lists it, too', async (words, message) => {
    expect(await typed('add', ...words)).toMatchObject({
      code: 2,
      stderr: `Error: ${message}\n  → work add stage | batch | thread | task; work add --help shows examples.\n`,
    })
  })
})

test.each([
  ['an argument', ['tasks'], "Missing required argument 'action'.", 'work tasks generate; work tasks --help'],
  [
    'a flag',
    ['revision'],
    "Required option '-n, --name <name>' not specified.",
    'work revision --name "plain words in errors"; work revision --help',
  ],
  ['a value', ['status', '--thread'], 'argument missing', 'work status --help'],
  [
    'nothing, but has too much,',
    ['execute', '1.1.1', 'x'],
    'Too many arguments',
    'work execute --thread 01.01.02; work execute --help',
  ],
])('a command that lacks %s says how it is used', async (_, args, message, hint) => {
  const { code, stderr } = await typed(...args)
  expect(code).toBe(2)
  expect(stderr).toContain(message)
  expect(stderr).toContain(`\n  → ${hint} shows its options.\n`)
})

test('an unknown option without a command is an error', async () => {
  expect(await typed('--foo')).toMatchObject({
    code: 2,
    stderr: "Error: Unknown option '--foo'.\n  → work --help\n",
  })
})

test('work help is work --help, also of a command', async () => {
  for (const words of [[], ['status'], ['add'], ['add', 'task']]) {
    const [first, second] = [await typed('help', ...words), await typed(...words, '--help')]
    expect(first).toMatchObject({ code: 0, stdout: second.stdout, stderr: '' })
    expect(first.stdout).not.toBe('')
  }
})
