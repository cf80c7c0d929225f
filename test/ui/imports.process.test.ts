import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { expect, it } from 'vitest'

const light = ['picocolors', 'get-east-asian-width']

it.each([
  ['style', ['picocolors']],
  ['table', ['get-east-asian-width']],
  ['tree', light],
  ['status', light],
  ['board/board', light],
  ['board/plain', []],
  ['prompt', ['get-east-asian-width']],
])('%s.ts loads only %j at start', async (file, packages) => {
  const { metafile } = await build({
    entryPoints: [fileURLToPath(new URL(`../../src/ui/${file}.ts`, import.meta.url))],
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    treeShaking: false,
    write: false,
    metafile: true,
  })
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports)
  const atStart = imports.filter(({ kind }) => kind === 'import-statement').map(({ path }) => path)
  expect(new Set(atStart.filter((path) => !path.startsWith('node:')))).toEqual(new Set(packages))
})
