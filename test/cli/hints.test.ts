import { expect, test } from 'vitest'
import { groups } from '../../src/cli/commands/index.ts'
import { shellWords } from '../../src/text/shell-quote.ts'
import { makeRepository, makeWorkspace } from '../helpers/cli.ts'
import { readCommands } from '../helpers/command-calls.ts'
import { faultOfCommand, faultsOfHint, namesCommand } from '../helpers/hints.ts'
import { programFiles } from '../helpers/program-files.ts'
import { task } from '../builders/records.ts'

const files = programFiles().map(({ path, text }) => ({ path, ...readCommands(text) }))

test.each(files.filter(({ commands }) => commands.length > 0))(
  'every command that $path prints exists and takes its options',
  ({ commands }) => {
    const faults = commands.map((words) => [words.join(' '), faultOfCommand(words)])
    expect(faults.filter(([, fault]) => fault !== undefined)).toEqual([])
  },
)

test('the commands of the program are found in its syntax tree', () => {
  const { commands, texts } = readCommands(
    "const a = b`${work('run', id, ...(c ? ['--wait'] : []), ...here)} runs ${work('fix')}` // work stop",
  )
  expect(commands).toEqual([['run', '<x>', '--wait'], ['run', '<x>'], ['fix']])
  expect(texts).toEqual([])
  expect(readCommands('say(`work stop ${id}`)')).toEqual({ commands: [], texts: ['work stop <x>'] })
  expect(files.flatMap(({ commands: all }) => all).length).toBeGreaterThan(150)
})

/** Where texts that are no hints name commands: help, examples, prompts, files that are written, lines of a board. */
const elsewhere =
  /^src\/(?:cli\/help|cli\/completion\/scripts|cli\/commands\/[\w-]+\/(?:add-)?commands|agents\/template|diagram\/plan\/mermaid|engine\/link-program|prompts\/prompt|ui\/board\/mode|ui\/status(?:-threads)?)\.ts$/

test('a text that is printed names its commands as data', () => {
  const found = files.filter(({ path }) => !elsewhere.test(path))
  expect(found.flatMap(({ path, texts }) => texts.filter(namesCommand).map((text) => [path, text]))).toEqual(
    [],
  )
  expect(namesCommand('Then: work stop --now ends it.')).toBe(true)
})

/** Not the script of a shell, nor the programs that write to a log in their own name. */
const unread = /(?:completion\/scripts|recorder|keeper)\.ts$/

test('the commands in other texts exist and take their options', () => {
  const texts = files.filter(({ path }) => !unread.test(path)).flatMap(({ texts: all }) => all)
  expect(texts.flatMap(faultsOfHint)).toEqual([])
})

const examples = Object.values(groups).flatMap((entries) =>
  Object.values(entries).flatMap(({ example }) => example.split('\n').map((line) => line.trim())),
)

test.each(examples)('the example %s can be typed', (example) => {
  const [program, ...words] = shellWords(example.replace(/ > .*/, ''))
  expect([program, faultOfCommand(words)]).toEqual(['work', undefined])
})

test.each([
  ['work status', []],
  ['work --repo-root <dir> …', []],
  ['git init, or name the folder: work --repo-root <dir> status', []],
  ['  → work fix --stream 001-demo   shows why and what you can do', []],
  ['work validate plan, then work approve plan', []],
  ['2 threads are running without a supervisor.', []],
  ['work is a file, expected a folder or nothing.', []],
  ['work contniue', ['work contniue: there is no command contniue']],
  ['work status --sesions', ['work status --sesions: status has no option --sesions']],
  ['  → work doctor --stream 001-demo', ['work doctor --stream 001-demo: doctor has no option --stream']],
  ['work fix --thread', ['work fix --thread: --thread lacks its value']],
  ['work tasks derive, then work status', ['work tasks derive, then work status: tasks takes no derive']],
])('of the hint %j the faults are %j', (hint, faults) => {
  expect(faultsOfHint(hint)).toEqual(faults)
})

test('a hint names the workstream and the repository that the command was called with, and works as printed', async () => {
  const workspace = makeWorkspace([task({ id: '01.01.01.01' })])
  const outside = { cwd: workspace.home }
  const { stderr } = await workspace.run(['run', '--stream', 'demo', '--repo-root', workspace.root], outside)
  expect(stderr).toContain('work/001-demo/PLAN.md is missing.')
  const fix = await workspace.run(['fix', '--stream', 'demo', '--repo-root', workspace.root], outside)
  expect(fix.stderr).toContain(`→ work run --stream demo --repo-root ${workspace.root} `)
  const hint = /→ work (\S+ --stream \S+ --repo-root \S+)/.exec(fix.stderr)?.[1]?.split(' ') ?? []
  expect((await workspace.run(hint, outside)).stderr).toBe(stderr)
})

test('what a command has done leads on in the repository it was called for', async () => {
  const { run, root: repository, home } = makeRepository()
  const at = (...args: string[]) => run([...args, '--repo-root', repository], { cwd: home })
  expect((await at('init')).stdout).toContain(`→ work create --repo-root ${repository} <name>`)
  const { stdout } = await at('create', 'demo')
  expect(stdout).toContain(`→ work edit --repo-root ${repository}, then work run --repo-root ${repository}`)
})

test('outside of a repository the hint is a command line that is taken', async () => {
  const { run, home, root: repository } = makeRepository()
  const { stderr } = await run(['status'], { cwd: home })
  expect(stderr).toContain('work --repo-root <dir> …')
  expect((await run(['--repo-root', repository, 'init'], { cwd: home })).code).toBe(0)
})
