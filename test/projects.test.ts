import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { createVitest } from 'vitest/node'
import { readSource } from './helpers/source-file.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
/** The names of the projects that each test file belongs to, by its path from the root. */
const projects = new Map<string, string[]>()

beforeAll(async () => {
  for (const name of readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' }))
    if (name.endsWith('.test.ts')) projects.set(`test/${name}`, [])
  const vitest = await createVitest('test', { root, watch: false, reporters: [] })
  try {
    for (const { project, moduleId } of await vitest.globTestSpecifications())
      projects.get(moduleId.slice(root.length))?.push(project.name)
  } finally {
    await vitest.close()
  }
})

describe('the projects of the tests', () => {
  it('are unit, exhaustive, process, cli, opencode, agent-clis and docs', () => {
    expect(new Set([...projects.values()].flat())).toEqual(
      new Set(['unit', 'exhaustive', 'process', 'cli', 'opencode', 'agent-clis', 'docs']),
    )
  })

  it('have each test file in exactly one of them', () => {
    expect([...projects].filter(([, names]) => names.length !== 1)).toEqual([])
  })

  it('leave to unit and exhaustive only tests that start no process, use no build and import nothing that does', () => {
    const light = [...projects].filter(([, [name = '']]) => ['unit', 'exhaustive'].includes(name))
    expect(light.map(([path]) => path).flatMap((path) => heavyParts(path))).toEqual([])
  })
})

describe('a unit test', () => {
  it.each([
    [`import { spawn } from 'node:child_process'`, 'node:child_process'],
    [`import 'execa'`, 'execa'],
    [`const { build } = await import('esbuild')`, 'esbuild'],
    [`const main = new URL('../dist/main.js', import.meta.url)`, 'dist/'],
  ])('may not contain %s', (text, found) => {
    expect(heavyUses('test/a.test.ts', text)).toEqual([`test/a.test.ts uses ${found}`])
  })

  it('may import types, and contain the names of such modules in texts', () => {
    const text = `import type { ChildProcess } from 'node:child_process'\nconst text = "import 'execa'"`
    expect(heavyUses('test/a.test.ts', text)).toEqual([])
  })
})

/** What starts processes or uses the build, in a test file and the files of the tests that it imports. */
function heavyParts(path: string, seen = new Set<string>()): string[] {
  if (seen.has(path) || path === 'test/projects.test.ts' || !existsSync(join(root, path))) return []
  seen.add(path)
  const text = readFileSync(join(root, path), 'utf8')
  const imported = readSource(path, text).imports.flatMap(({ to }) => to ?? [])
  const ofTests = imported.filter((to) => /^(?:test|\.config)\//.test(to))
  return [...heavyUses(path, text), ...ofTests.flatMap((to) => heavyParts(to, seen))]
}

function heavyUses(path: string, text: string): string[] {
  const imported = readSource(path, text).imports.flatMap(({ to, typeOnly }) => (typeOnly ? [] : [to]))
  const heavy = ['node:child_process', 'execa', 'esbuild'].filter((name) => imported.includes(name))
  return [...heavy, ...(/\bdist\//.test(text) ? ['dist/'] : [])].map((name) => `${path} uses ${name}`)
}
