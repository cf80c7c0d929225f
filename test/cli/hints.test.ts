import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { makeRepository, makeWorkspace } from '../helpers/cli.ts'
import { faultsOfHint } from '../helpers/hints.ts'
import { task } from '../builders/records.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The texts of a source file that may be printed, with something in place of what is filled in. */
function textsOf(source: string): string[] {
  const code = source.replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, '')
  const texts = code.match(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g) ?? []
  return texts
    .map((text) =>
      text
        .slice(1, -1)
        .replaceAll(String.raw`\n`, '\n')
        .replaceAll(/\\(.)/g, '$1')
        // The flag that names the workstream with a space before it, or nothing.
        .replaceAll('${here}', '')
        .replaceAll(/\$\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}/g, '<x>'),
    )
    .filter((text) => /\bwork (?:[a-z-]+|<)/.test(text))
}

/** Not the script of a shell, nor the programs that write to a log in their own name. */
const files = readdirSync(`${root}/src`, { recursive: true, encoding: 'utf8' }).filter(
  (path) => path.endsWith('.ts') && !/(?:completion\/scripts|recorder|keeper)\.ts$/.test(path),
)

test.each(
  files
    .map((path) => ({ path, texts: textsOf(readFileSync(`${root}/src/${path}`, 'utf8')) }))
    .filter(({ texts }) => texts.length > 0),
)('every command that $path prints exists and takes its options', ({ texts }) => {
  expect(texts.flatMap(faultsOfHint)).toEqual([])
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
