import { describe, expect, it } from 'vitest'
import { circlesIn } from './helpers/circles.ts'
import { loadRunners } from '../src/runners/registry.ts'
import { programFiles } from './helpers/program-files.ts'
import { violationsOf } from './helpers/rooms.ts'
import { readSource } from './helpers/source-file.ts'

const program = programFiles()
const files = program.map(({ path, text }) => readSource(path, text))
const runners = await loadRunners()

describe('the program', () => {
  it('imports only downwards, through one door for each library', () => {
    expect(violationsOf(files)).toEqual([])
  })

  it('has no import circle, not even of lazy imports or types', () => {
    expect(circlesIn(files)).toEqual([])
  })

  it('compares the name of a runner only where runners are defined', () => {
    const names = [...runners.keys()].join('|')
    const comparison = new RegExp(`[!=]==?\\s*'(${names})'|'(${names})'\\s*[!=]==?|case '(${names})'`)
    const found = program.filter(
      ({ path, text }) => !path.startsWith('src/runners/') && comparison.test(text),
    )
    expect(found.map(({ path }) => path)).toEqual([])
    expect(comparison.test("if (runner === 'opencode') return")).toBe(true)
  })

  it('is read as it is written', () => {
    const thread = files.find(({ path }) => path === 'machines/thread-setup.ts')
    expect(thread?.imports).toContainEqual({ to: 'xstate', typeOnly: false })
    expect(thread?.imports).toContainEqual({ to: 'machines/outcome.ts', typeOnly: true })
  })
})

describe('a file', () => {
  it.each([
    [`import { a } from './a.ts'`, 'src/plan/a.ts', false],
    [`import './a.ts'`, 'src/plan/a.ts', false],
    [`import { type A } from './a.ts'`, 'src/plan/a.ts', false],
    [`import type { A } from '../store/a.ts'`, 'src/store/a.ts', true],
    [`import type * as z from 'zod/mini'`, 'zod', true],
    [`export { a } from '../../machines/run.ts'`, 'machines/run.ts', false],
    [`export type { A } from './a.ts'`, 'src/plan/a.ts', true],
    [`export * from './a.ts'`, 'src/plan/a.ts', false],
    [`const a = async () => (await import('@xstate/store')).x`, '@xstate/store', false],
    [`const a = import(name)`, null, false],
    [`let a: import('./a.ts').A`, 'src/plan/a.ts', true],
    [`const a = require('node:fs')`, 'node:fs', false],
  ])('with %s imports %s', (text, to, typeOnly) => {
    expect(readSource('src/plan/here.ts', text).imports).toEqual([{ to, typeOnly }])
  })

  it('with an import in a comment or a text imports nothing', () => {
    const text = `// import 'a'\nconst a = "import 'b'; process.exit()"\nexport { a }`
    expect(readSource('src/plan/here.ts', text)).toMatchObject({ imports: [], globals: [] })
  })

  it.each([
    ['process.exit(1)', 'process.exit'],
    [`process['cwd']()`, 'process.cwd'],
    ['globalThis.process?.exit()', 'process.exit'],
    [`import { exit as leave } from 'node:process'`, 'process.exit'],
    ['console.log(1)', 'console.log'],
  ])('with %s uses %s', (text, global) => {
    expect(readSource('src/plan/here.ts', text).globals).toContain(global)
  })
})

describe('an import circle', () => {
  it.each([
    ['a plain import', `import './b.ts'`],
    ['a lazy import', `const b = () => import('./b.ts')`],
    ['an import of a type', `import type { B } from './b.ts'`],
    ['a type named in place', `let b: import('./b.ts').B`],
    ['an export from a file', `export { b } from './b.ts'`],
  ])('is found through %s', (_, text) => {
    const circle = circlesOf({
      'src/a.ts': text,
      'src/b.ts': `import './c.ts'`,
      'src/c.ts': `import './a.ts'`,
    })
    expect(circle).toEqual([['src/a.ts', 'src/b.ts', 'src/c.ts']])
  })

  it('is not two ways to the same file', () => {
    const texts = {
      'src/a.ts': `import './b.ts'; import './c.ts'`,
      'src/b.ts': `import './c.ts'`,
      'src/c.ts': '',
    }
    expect(circlesOf(texts)).toEqual([])
  })
})

describe('the rules', () => {
  it.each([
    ['machines/statuses.ts', `import './session.ts'`],
    ['machines/statuses.ts', `import 'node:fs'`],
    ['machines/thread.ts', `import 'node:fs'`],
    ['machines/thread.ts', `import 'zod'`],
    ['machines/thread.ts', `import type { A } from '../src/store/a.ts'`],
    ['src/errors.ts', `import './ids.ts'`],
    ['src/paths.ts', `import type { A } from './store/a.ts'`],
    ['src/plan/a.ts', `import '../store/a.ts'`],
    ['src/plan/a.ts', `import '../../machines/thread.ts'`],
    ['src/plan/a.ts', `import 'yaml'`],
    ['src/store/a.ts', `import '../plan/a.ts'`],
    ['src/store/a.ts', `import { type A } from '../../machines/session.ts'`],
    ['src/store/a.ts', `import type { A } from '../../machines/thread.ts'`],
    ['src/store/a.ts', `import 'xstate'`],
    ['src/process/a.ts', `import '../../machines/thread.ts'`],
    ['src/process/a.ts', `import '../store/a.ts'`],
    ['src/runners/a.ts', `import 'execa'`],
    ['src/ui/a.ts', `import type { A } from '../store/a.ts'`],
    ['src/ui/a.ts', `import '../workspace.ts'`],
    ['src/ui/a.ts', `import 'xstate'`],
    ['src/diagram/a.ts', `import '../engine/a.ts'`],
    ['src/cli/a.ts', `import '@viz-js/viz'`],
    ['src/engine/a.ts', `import '../ui/a.ts'`],
    ['src/engine/a.ts', `import '../cli/a.ts'`],
    ['src/engine/a.ts', `import 'execa'`],
    ['src/engine/a.ts', `import 'mdast-util-from-markdown'`],
    ['src/ui/a.ts', `import '../process/a.ts'`],
    ['src/cli/a.ts', `import '../../machines/run.ts'`],
    ['src/cli/a.ts', `import '../runners/opencode/index.ts'`],
    ['src/engine/a.ts', `import '../runners/recorded/runner.ts'`],
    ['src/agents/a.ts', `import type { A } from '../runners/command/options.ts'`],
    ['src/cli/a.ts', `import { Command } from 'commander'`],
    ['src/cli/a.ts', `import 'enquirer'`],
    ['src/cli/a.ts', `import 'zod'`],
    ['src/cli/a.ts', `import '../../test/helpers/rooms.ts'`],
    ['src/main.ts', `import './engine/a.ts'`],
    ['src/store/a.ts', `import(name)`],
    ['src/attic/a.ts', ''],
    ['src/plan/utils/a.ts', ''],
    ['src/cli/a.ts', 'process.exit(1)'],
    ['src/runners/a.ts', 'process.cwd()'],
    ['machines/run.ts', 'process.cwd()'],
    ['src/cli/a.ts', 'console.log()'],
    ['src/runners/recorded/recorder.ts', `import '../../ids.ts'`],
  ])('forbid %s to say %s', (path, text) => {
    const [violation, ...more] = violationsOf([readSource(path, text)])
    expect(violation).toContain(path)
    expect(more).toEqual([])
  })

  it.each([
    ['machines/run.ts', `import 'xstate'; import './statuses.ts'; import type { A } from './session.ts'`],
    ['src/paths.ts', `import 'node:path'; import './errors.ts'; import './ids.ts'`],
    ['src/store/a.ts', `import type { A } from '../../machines/session.ts'; import './b.ts'`],
    ['src/agents/a.ts', `import 'yaml'; import '../runners/registry.ts'`],
    ['src/process/spawn.ts', `import 'execa'; import type { A } from '../../machines/outcome.ts'`],
    ['src/ui/a.ts', `import 'enquirer'; import '../../machines/statuses.ts'; import 'picocolors'`],
    ['src/engine/a.ts', `import 'xstate'; import '../runners/a.ts'; import '../../machines/thread.ts'`],
    ['src/cli/program.ts', `import { Command } from 'commander'; const a = import('./fix.ts')`],
    ['src/cli/a.ts', `import type { Command } from 'commander'; process.cwd()`],
    ['src/main.ts', `import './cli/program.ts'; process.exit(1)`],
    ['src/runners/recorded/recorder.ts', `import 'node:fs'; import './identity.ts'; process.exit(1)`],
  ])('let %s say %s', (path, text) => {
    expect(violationsOf([readSource(path, text)])).toEqual([])
  })

  it('follow the recorder to every file that it loads, but not to types', () => {
    const sources = [
      readSource('src/runners/recorded/recorder.ts', `import './a.ts'; import type { B } from './b.ts'`),
      readSource('src/runners/recorded/a.ts', `import 'zod'; import './recorder.ts'`),
      readSource('src/runners/recorded/b.ts', `import 'zod'`),
    ]
    expect(violationsOf(sources)).toEqual([
      'src/runners/recorded/a.ts → zod: the recorder loads only node modules and files of its room',
    ])
  })
})

function circlesOf(texts: Record<string, string>): string[][] {
  return circlesIn(Object.entries(texts).map(([path, text]) => readSource(path, text)))
}
