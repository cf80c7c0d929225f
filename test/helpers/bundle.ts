import { build } from 'esbuild'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Call once in a test file: builds these sources, given from the repository root, into a folder that goes when the file
 * is done. Gives the path that each will have as a program, by its name without ending.
 */
export function useBundles(...sources: string[]): (name: string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'work-bundle-'))

  beforeAll(async () => {
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    await build({
      absWorkingDir: root,
      entryPoints: sources.map((source) => ({ in: source, out: basename(source, '.ts') })),
      outdir: folder,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      logLevel: 'error',
    })
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  return (name) => join(folder, `${name}.mjs`)
}
